import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@mlc/testing';
import { processesBelow, stillRuns } from './process-tree.mjs';
import type { KnownProcess } from './process-tree.mjs';
import { repositoryRoot } from './root.mjs';

const START_LIMIT_MS = 60_000;
const END_LIMIT_MS = 20_000;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlc-kill-'));
  const bootstrap = join(repositoryRoot(), 'deploy', 'embedded', 'bootstrap.mjs');
  const script = `node "${bootstrap}" up --data "${join(folder, 'servers')}"`;
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ scripts: { up: script } }));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Started {
  npm: ChildProcess;
  all: KnownProcess[];
  named: (part: string) => KnownProcess;
  leftovers: () => string[];
}

/** `npm run up` as a process group of its own, once both servers answer. */
async function startUp(): Promise<Started> {
  const names = Object.keys(process.env).filter(
    (name) => !/^(npm_|NODE_OPTIONS|LIFELINE|DATABASE_URL|KAFKA_BROKERS)/.test(name),
  );
  const npm = spawn('npm', ['run', 'up'], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: Object.fromEntries(names.map((name) => [name, process.env[name]])),
  });
  let output = '';
  for (const stream of [npm.stdout, npm.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  await waitFor(() => output.includes('"ready":true') || npm.exitCode !== null, {
    timeoutMs: START_LIMIT_MS,
    describe: 'both servers',
  });
  expect(output).toContain('"ready":true');
  const all = processesBelow(npm.pid as number);
  return {
    npm,
    all,
    named: (part) => {
      const found = all.find(({ command }) => command.includes(part));
      if (!found) throw new Error(`No process "${part}" among:\n${commands(all).join('\n')}`);
      return found;
    },
    leftovers: () => commands(all.filter(stillRuns)),
  };
}

function commands(processes: KnownProcess[]): string[] {
  return processes.map(({ pid, command }) => `${pid} ${command.slice(0, 120)}`);
}

async function expectNothingLeft({ leftovers }: Started): Promise<void> {
  await waitFor(() => leftovers().length === 0, { timeoutMs: END_LIMIT_MS }).catch(() => undefined);
  expect(leftovers()).toEqual([]);
}

describe('a launcher that was started by npm', () => {
  it('leaves nothing when npm is KILLed', async () => {
    const started = await startUp();
    for (const part of ['bootstrap.mjs', 'up.mjs', 'bin/postgres', 'kafka.Kafka', 'guard']) {
      expect(stillRuns(started.named(part))).toBe(true);
    }
    started.npm.kill('SIGKILL');
    await expectNothingLeft(started);
  }, 90_000);

  it('leaves nothing when the launcher itself is KILLed', async () => {
    const started = await startUp();
    process.kill(started.named('up.mjs --data').pid, 'SIGKILL');
    const launcher = started.all.filter(({ command }) => command.includes('embedded/up.mjs'));
    for (const { pid } of launcher.filter(stillRuns)) process.kill(pid, 'SIGKILL');
    await expectNothingLeft(started);
  }, 90_000);

  it('leaves nothing when the bootstrap is KILLed', async () => {
    const started = await startUp();
    const bootstraps = started.all.filter(({ command }) => command.startsWith('node '));
    for (const { pid } of bootstraps) process.kill(pid, 'SIGKILL');
    await expectNothingLeft(started);
  }, 90_000);

  it('stops its servers cleanly on an interrupt of the whole group', async () => {
    const started = await startUp();
    process.kill(-(started.npm.pid as number), 'SIGINT');
    await expectNothingLeft(started);
    await waitFor(() => started.npm.exitCode !== null || started.npm.signalCode !== null);
  }, 90_000);
});
