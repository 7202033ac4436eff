import type { Project } from './workspace.js';

/** Which layers a layer may use. Written apart from the lint configuration on purpose. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  domain: ['kernel', 'domain'],
  contract: ['kernel', 'domain', 'contract'],
  platform: ['kernel', 'contract', 'platform'],
  connector: ['kernel', 'domain', 'contract', 'platform', 'connector'],
  app: ['kernel', 'domain', 'contract', 'platform', 'connector'],
  sim: ['kernel'],
  testing: ['kernel', 'deploy'],
  oracle: [],
  deploy: ['kernel', 'contract', 'platform', 'app', 'deploy'],
  test: [
    'kernel',
    'domain',
    'contract',
    'platform',
    'connector',
    'app',
    'testing',
    'oracle',
    'deploy',
    'test',
  ],
  workspace: [],
};

function tagValue(project: Project, dimension: string): string | undefined {
  const values = project.tags.filter((tag) => tag.startsWith(`${dimension}:`));
  return values.length === 1 ? values[0]?.slice(dimension.length + 1) : undefined;
}

/** Every breach of the layering, each as a sentence. */
export function layerBreaches(projects: readonly Project[]): string[] {
  const breaches: string[] = [];
  const byName = new Map(projects.map((project) => [project.name, project]));
  for (const project of projects) {
    const layer = tagValue(project, 'layer');
    const runtime = tagValue(project, 'runtime');
    const may = layer === undefined ? undefined : allowed[layer];
    if (layer === undefined || may === undefined) {
      breaches.push(`${project.name} has no single known layer tag`);
      continue;
    }
    if (runtime !== 'pure' && runtime !== 'node' && runtime !== 'web') {
      breaches.push(`${project.name} has no single known runtime tag`);
    }
    for (const name of project.uses) {
      if (project.usedBySpecsOnly.includes(name)) continue;
      const used = byName.get(name);
      const usedLayer = used && tagValue(used, 'layer');
      if (!used || usedLayer === undefined || !may.includes(usedLayer)) {
        breaches.push(`${project.name} (${layer}) uses ${name} (${usedLayer ?? 'no layer'})`);
      } else if (runtime === 'pure' && tagValue(used, 'runtime') !== 'pure') {
        breaches.push(`${project.name} is pure and uses ${name}, which is not`);
      }
    }
  }
  return breaches;
}
