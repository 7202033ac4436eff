import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { layerBreaches } from './layers.js';
import { nxEnvironment, projectGraph, root } from './workspace.js';

/** Shows that the checks bite: a copy of the workspace's pure rooms, with one breach of each kind. */
describe('planted breaches are refused', () => {
  let folder = '';

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'breach-'));
    for (const file of [
      'nx.json',
      'project.json',
      'package.json',
      'tsconfig.json',
      'tsconfig.base.json',
      'eslint.config.mjs',
    ]) {
      cpSync(join(root, file), join(folder, file));
    }
    for (const room of ['libs/kernel', 'libs/contracts']) {
      cpSync(join(root, room), join(folder, room), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, '.gitignore'), 'node_modules\n.nx\n');
    plant(
      'libs/kernel/src/planted-node.ts',
      "import { readFileSync } from 'node:fs';\nexport const read = readFileSync;\n",
    );
    plant(
      'libs/kernel/src/planted-layer.ts',
      "import { EVENTS } from '@mlc/events';\nexport const count = EVENTS.size;\n",
    );
    plant('libs/untagged/src/index.ts', 'export const nothing = 0;\n');
    plant(
      'libs/untagged/project.json',
      '{ "name": "untagged", "sourceRoot": "libs/untagged/src" }\n',
    );
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function plant(file: string, text: string): void {
    mkdirSync(join(folder, file, '..'), { recursive: true });
    writeFileSync(join(folder, file), text);
  }

  it('by the graph test: a forbidden import and an untagged project', () => {
    expect(layerBreaches(projectGraph(folder))).toEqual(
      expect.arrayContaining([
        'untagged has no single known layer tag',
        'kernel (kernel) uses events (contract)',
      ]),
    );
  });

  it('by lint: a forbidden import and a node: import in the kernel', () => {
    projectGraph(folder);
    const lint = spawnSync(
      process.execPath,
      [
        join(root, 'node_modules', 'eslint', 'bin', 'eslint.js'),
        '--format',
        'json',
        'libs/kernel/src',
      ],
      {
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, ...nxEnvironment() },
        maxBuffer: 64 * 1024 * 1024,
      },
    );
    const files = JSON.parse(lint.stdout) as {
      filePath: string;
      messages: { ruleId: string; message: string }[];
    }[];
    const rules = files.flatMap((file) =>
      file.messages.map((message) => `${file.filePath.split('/').pop()}: ${message.ruleId}`),
    );
    expect(rules).toEqual(
      expect.arrayContaining([
        'planted-node.ts: no-restricted-imports',
        'planted-layer.ts: @nx/enforce-module-boundaries',
      ]),
    );
    expect(lint.status).toBe(1);
  });
});
