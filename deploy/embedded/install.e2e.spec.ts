import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chooseNode, ensureInstalled } from './install.mjs';
import { repositoryRoot } from './root.mjs';

/** Stands in for npm: notes each run, and makes what `npm ci` makes, or fails. */
const NPM = `
  const { appendFileSync, existsSync, mkdirSync, writeFileSync } = require('node:fs');
  appendFileSync('runs', process.argv[2] + '\\n');
  if (existsSync('fail')) { console.error('ENOTFOUND registry.example'); process.exit(1); }
  mkdirSync('node_modules', { recursive: true });
  writeFileSync('node_modules/.package-lock.json', '{}');
  console.log('added 3 packages');
`;

let root: string;
const npmBefore = process.env['npm_execpath'];

const runs = (): number =>
  existsSync(join(root, 'runs'))
    ? readFileSync(join(root, 'runs'), 'utf8').split('ci\n').length - 1
    : 0;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mlc-install-'));
  writeFileSync(join(root, 'npm.js'), NPM);
  writeFileSync(join(root, 'package-lock.json'), '{"lockfileVersion":3}');
  process.env['npm_execpath'] = join(root, 'npm.js');
});

afterEach(() => {
  if (npmBefore === undefined) delete process.env['npm_execpath'];
  else process.env['npm_execpath'] = npmBefore;
  rmSync(root, { recursive: true, force: true });
});

describe('ensureInstalled', () => {
  it('installs once, and again only when the content of the lockfile changed', async () => {
    await ensureInstalled(root);
    await ensureInstalled(root);
    expect(runs()).toBe(1);
    utimesSync(join(root, 'package-lock.json'), 4_000_000_000, 4_000_000_000);
    await ensureInstalled(root);
    expect(runs()).toBe(1);
    writeFileSync(join(root, 'package-lock.json'), '{"lockfileVersion":3,"packages":{}}');
    await ensureInstalled(root);
    expect(runs()).toBe(2);
  });

  it('takes a tree installed by hand unless the lockfile is newer', async () => {
    mkdirSync(join(root, 'node_modules'));
    writeFileSync(join(root, 'node_modules', '.package-lock.json'), '{}');
    await ensureInstalled(root);
    expect(runs()).toBe(0);
    rmSync(join(root, 'node_modules', '.mlc-lock'));
    utimesSync(join(root, 'package-lock.json'), 4_000_000_000, 4_000_000_000);
    await ensureInstalled(root);
    expect(runs()).toBe(1);
  });

  it('shows what npm said when it fails, and tries again the next time', async () => {
    writeFileSync(join(root, 'fail'), '');
    await expect(ensureInstalled(root)).rejects.toThrow('ENOTFOUND registry.example');
    rmSync(join(root, 'fail'));
    await ensureInstalled(root);
    expect(runs()).toBe(2);
  });

  it('never installs through a link into another clone', async () => {
    mkdirSync(join(root, 'other'));
    symlinkSync(join(root, 'other'), join(root, 'node_modules'));
    await ensureInstalled(root);
    expect(runs()).toBe(0);
  });
});

describe('chooseNode', () => {
  it('finds a Node that is new enough', () => {
    expect(existsSync(chooseNode(repositoryRoot()))).toBe(true);
  });
});
