import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ensureBuilt } from './build.mjs';
import { repositoryRoot } from './root.mjs';

let root: string;

function put(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mlc-build-'));
  for (const file of ['.swcrc', 'tsconfig.base.json', 'deploy/embedded/build.mjs']) {
    cpSync(join(repositoryRoot(), file), join(root, file));
  }
  put('libs/kernel/src/index.ts', `export { cents } from './cents.js';`);
  put('libs/kernel/src/cents.ts', `export const cents = (amount: number): number => amount * 100;`);
  put('libs/kernel/src/cents.spec.ts', `throw new Error('a spec is not built')`);
  put(
    'apps/mapping/src/main.ts',
    `import { cents } from '@mlc/kernel';\nimport rule from './rule.json' with { type: 'json' };\n` +
      `export const total: number = cents(rule.amount);`,
  );
  put('apps/mapping/src/rule.json', `{ "amount": 12 }`);
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

describe('ensureBuilt', () => {
  it('makes programs that run, doors resolved, specs left out', async () => {
    const { dist } = await ensureBuilt({ root });
    const main = (await import(
      pathToFileURL(join(dist, 'apps/mapping/src/main.js')).href
    )) as Record<string, unknown>;
    expect(main['total']).toBe(1_200);
    expect(existsSync(join(dist, 'libs/kernel/src/cents.spec.js'))).toBe(false);
  });

  it('compiles only what changed and removes what is gone', async () => {
    expect((await ensureBuilt({ root })).compiled).toBeGreaterThan(3);
    expect(await ensureBuilt({ root })).toMatchObject({ compiled: 0, removed: 0 });
    put('libs/kernel/src/cents.ts', `export const cents = (amount: number): number => amount;`);
    expect((await ensureBuilt({ root })).compiled).toBe(1);
    rmSync(join(root, 'apps/mapping/src/main.ts'));
    const { dist, removed } = await ensureBuilt({ root });
    expect(removed).toBe(1);
    expect(existsSync(join(dist, 'apps/mapping/src/main.js'))).toBe(false);
  });

  it('builds again what was deleted from dist', async () => {
    const { dist } = await ensureBuilt({ root });
    rmSync(join(dist, 'libs/kernel/src/cents.js'));
    expect((await ensureBuilt({ root })).compiled).toBe(1);
  });
});
