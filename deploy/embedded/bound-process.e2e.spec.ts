import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@mlc/testing';
import { findOnPath } from './bound-process.mjs';
import { readProcess, stillRuns } from './process-tree.mjs';
import type { KnownProcess } from './process-tree.mjs';
import { repositoryRoot } from './root.mjs';

const door = join(repositoryRoot(), 'deploy', 'embedded', 'bound-process.mjs');

/** Ignores what it can: only a KILL in the end takes it. */
const DEAF = `for (const s of ['SIGINT', 'SIGTERM']) process.on(s, () => {}); setInterval(() => {}, 1e6)`;

const LAUNCHER = `
  const { spawnBound } = await import(process.argv[1]);
  const bound = await spawnBound(process.execPath, ['-e', process.argv[2]], {
    deathSignal: 'TERM', stdio: 'ignore' });
  console.log(JSON.stringify([bound.pid, bound.guardPid]));
  setInterval(() => {}, 1e6);`;

let folder: string | undefined;
afterEach(() => {
  if (folder) rmSync(folder, { recursive: true, force: true });
});

async function launch(script: string, path: string) {
  const launcher = spawn(process.execPath, ['--input-type=module', '-e', LAUNCHER, door, script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: path },
  });
  let output = '';
  launcher.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  await waitFor(() => output.endsWith('\n'), { describe: 'the bound process' });
  const processes = (JSON.parse(output) as number[]).map((pid) => readProcess(pid));
  expect(processes.every((found) => found !== undefined && stillRuns(found))).toBe(true);
  return { launcher, processes: processes as KnownProcess[] };
}

/** A PATH on which there is a shell's bare need, and no setpriv. */
function pathWithoutSetpriv(): string {
  folder = mkdtempSync(join(tmpdir(), 'mlc-bound-'));
  symlinkSync(findOnPath('sleep') as string, join(folder, 'sleep'));
  return folder;
}

describe('spawnBound', () => {
  const idle = 'setInterval(() => {}, 1e6)';
  const path = process.env['PATH'] ?? '';
  it.each([
    ['an idle process, by the kernel and its guard', idle, () => path],
    ['an idle process, by its guard alone', idle, pathWithoutSetpriv],
    ['a process that ignores signals', DEAF, () => path],
  ])(
    'ends %s when the launcher is KILLed',
    async (_, script, findPath) => {
      const { launcher, processes } = await launch(script, findPath());
      launcher.kill('SIGKILL');
      await waitFor(() => !processes.some(stillRuns), {
        timeoutMs: 15_000,
        describe: 'process and guard to end',
      });
      expect(processes.filter(stillRuns)).toEqual([]);
    },
    30_000,
  );
});
