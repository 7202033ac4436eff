import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..', '..');

export interface Project {
  readonly name: string;
  readonly root: string;
  readonly tags: readonly string[];
  /** Names of workspace projects it imports. */
  readonly uses: readonly string[];
  /** Test servers and their launcher, where only specs use them: the product may not. */
  readonly usedBySpecsOnly: readonly string[];
}

interface GraphFile {
  graph: {
    nodes: Record<string, { data: { root: string; tags?: string[] } }>;
    dependencies: Record<string, { target: string }[]>;
  };
}

/** The project graph of a workspace folder, computed now. */
export function projectGraph(folder: string): Project[] {
  const out = mkdtempSync(join(tmpdir(), 'graph-'));
  const file = join(out, 'graph.json');
  try {
    execFileSync(join(folder, 'node_modules', '.bin', 'nx'), ['graph', `--file=${file}`], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...nxEnvironment() },
    });
    const { graph } = JSON.parse(readFileSync(file, 'utf8')) as GraphFile;
    return Object.entries(graph.nodes).map(([name, { data }]) => ({
      name,
      root: data.root,
      tags: data.tags ?? [],
      uses: (graph.dependencies[name] ?? [])
        .map((edge) => edge.target)
        .filter((target) => target in graph.nodes),
      usedBySpecsOnly: specsOnly(join(folder, data.root)),
    }));
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

const testRooms = { testing: "'@mlc/testing'", embedded: '/embedded/' };

function specsOnly(folder: string): string[] {
  const texts = productFilesOf(folder).map((path) => readFileSync(path, 'utf8'));
  return Object.entries(testRooms)
    .filter(([, mark]) => !texts.some((text) => text.includes(mark)))
    .map(([name]) => name);
}

function productFilesOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return /^(node_modules|dist|spec|\..*)$/.test(entry.name) ? [] : productFilesOf(path);
    return /(?<!\.spec)\.ts$/.test(entry.name) ? [path] : [];
  });
}

/** Nx without its daemon, on the Node that runs the spec. */
export function nxEnvironment(): Record<string, string> {
  return {
    NX_DAEMON: 'false',
    NX_TUI: 'false',
    PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
  };
}

/** Files under version control or new and not ignored, relative to the root. */
export function workspaceFiles(): string[] {
  return execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
    .split('\n')
    .filter((file) => file !== '' && existsSync(join(root, file)));
}
