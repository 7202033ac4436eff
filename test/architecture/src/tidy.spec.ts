import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { layerBreaches } from './layers.js';
import { projectGraph, root, workspaceFiles } from './workspace.js';

const files = workspaceFiles();
const sources = files.filter((file) => /^(apps|libs|test|deploy)\//.test(file));
const projects = projectGraph(root);

describe('layers', () => {
  it('every project is tagged and uses only what its layer may use', () => {
    expect(layerBreaches(projects)).toEqual([]);
    expect(projects.length).toBeGreaterThan(3);
  });

  it('no constraint of the lint rule is a wildcard', async () => {
    const { depConstraints } = (await import(join(root, 'eslint.config.mjs'))) as {
      depConstraints: { sourceTag: string; onlyDependOnLibsWithTags: string[] }[];
    };
    expect(depConstraints.length).toBeGreaterThan(10);
    const tags = depConstraints.flatMap((constraint) => [
      constraint.sourceTag,
      ...constraint.onlyDependOnLibsWithTags,
    ]);
    expect(tags.filter((tag) => tag.includes('*'))).toEqual([]);
  });

  it('every folder of apps, libs and test with sources is a project', () => {
    const roots = projects.map((project) => project.root);
    const homeless = sources.filter(
      (file) =>
        /\.(ts|tsx)$/.test(file) &&
        !roots.some((folder) => folder !== '.' && file.startsWith(`${folder}/`)),
    );
    expect(homeless).toEqual([]);
  });
});

describe('rooms', () => {
  it('the top level is what the map says', () => {
    const expected = ['apps', 'deploy', 'docs', 'helm', 'libs', 'test'];
    const folders = new Set(
      files.filter((file) => file.includes('/')).map((file) => file.split('/')[0]),
    );
    expect([...folders].filter((folder) => !folder?.startsWith('.')).sort()).toEqual(expected);
  });

  it('every project has a README and every library one door', () => {
    const missing: string[] = [];
    for (const project of projects) {
      if (project.root === '.') continue;
      if (!files.includes(`${project.root}/README.md`)) missing.push(`${project.root}/README.md`);
      if (project.root.startsWith('libs/') && !files.includes(`${project.root}/src/index.ts`)) {
        missing.push(`${project.root}/src/index.ts`);
      }
    }
    expect(missing).toEqual([]);
  });
});

describe('names and sizes', () => {
  const banned = /(^|[-.])(utils?|helpers?|common|shared|misc|manager|processor|base|impl)([-.]|$)/;

  it('no file or folder has a name that gathers dust', () => {
    const dusty = sources.filter((file) =>
      file
        .split('/')
        .some((part) => banned.test(part.replace(/\.[a-z]+$/, '')) || /^I[A-Z]/.test(part)),
    );
    expect(dusty).toEqual([]);
  });

  it('TypeScript files are kebab-case', () => {
    const odd = sources.filter(
      (file) =>
        /\.tsx?$/.test(file) &&
        !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*\.tsx?$/.test(basename(file)),
    );
    expect(odd).toEqual([]);
  });

  it('migrations are named by moment, verb and noun', () => {
    const migrations = sources.filter((file) => /\/migrations\//.test(file));
    expect(migrations.length).toBeGreaterThanOrEqual(5);
    expect(
      migrations.filter((file) => !/^\d{14}-[a-z]+-[a-z-]+\.ts$/.test(basename(file))),
    ).toEqual([]);
  });

  it('no source file is longer than 450 lines', () => {
    const long = sources.filter(
      (file) =>
        /\.(ts|tsx|mjs)$/.test(file) &&
        readFileSync(join(root, file), 'utf8').split('\n').length > 450,
    );
    expect(long).toEqual([]);
  });

  it('nothing names a path of one machine', () => {
    const own = 'test/architecture/src/tidy.spec.ts';
    const telling = files.filter((file) => {
      if (
        file === own ||
        file === 'package-lock.json' ||
        statSync(join(root, file)).size > 1_000_000
      )
        return false;
      return /(^|["'`\s(=])\/(work|root|farm)\//m.test(readFileSync(join(root, file), 'utf8'));
    });
    expect(telling).toEqual([]);
  });

  it('every relative link of a page leads to a file', () => {
    const broken: string[] = [];
    for (const page of files.filter((file) => file.endsWith('.md'))) {
      const text = readFileSync(join(root, page), 'utf8').replace(/```[\s\S]*?```/g, '');
      for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        const path = target.split('#')[0] ?? '';
        if (path === '' || /^[a-z]+:/.test(target)) continue;
        if (!existsSync(join(root, page, '..', decodeURI(path)))) broken.push(`${page}: ${target}`);
      }
    }
    expect(broken).toEqual([]);
  });

  it('the workspace has one lockfile', () => {
    expect(
      files.filter((file) => /(^|\/)(package-lock\.json|yarn\.lock|pnpm-lock\.yaml)$/.test(file)),
    ).toEqual(['package-lock.json']);
    expect(readdirSync(root)).toContain('package-lock.json');
  });
});
