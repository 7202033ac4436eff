import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { watchAncestors } from './ancestors.mjs';
import { boundPrefix } from './bound-process.mjs';
import { chooseNode, ensureInstalled } from './install.mjs';
import { repositoryRoot } from './root.mjs';

/**
 * `node bootstrap.mjs <verb> [arguments]` on Node 20 or newer, from a bare clone on: installs,
 * builds, and runs the verb's program on Node 24. Passes on signals and the exit code, and ends
 * everything when it is told to or when the npm that started it is gone.
 */

const VERBS = {
  demo: 'dist/test/demo/src/main.js',
  test: 'deploy/embedded/run-tests.mjs',
  bench: 'dist/test/bench/src/main.js',
  'sim-walmart': 'dist/apps/sim-walmart/src/main.js',
  'sim-cloudsuite': 'dist/apps/sim-cloudsuite/src/main.js',
  up: 'deploy/embedded/up.mjs',
  build: 'deploy/embedded/build-production.mjs',
};

const OLDEST_NODE = 20;
const END_LIMIT_MS = 20_000;

/** @type {import('node:child_process').ChildProcess | undefined} */
let current;
/** @type {number | undefined} */
let endedBySignal;

main().then(
  (code) => process.exit(code),
  (error) => {
    if (endedBySignal) process.exit(endedBySignal); // what failed was ended by us
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  },
);

async function main() {
  const [verb = '', ...args] = process.argv.slice(2);
  const program = VERBS[verb];
  if (!program) {
    throw new Error(
      `What to run? node deploy/embedded/bootstrap.mjs ${Object.keys(VERBS).join(' | ')} [arguments]`,
    );
  }
  if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
    throw new Error(`Node ${OLDEST_NODE} or newer is needed; this is ${process.version}.`);
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => end(signal));
  watchAncestors((who) => {
    process.stderr.write(`${who} is gone: ending.\n`);
    end('SIGTERM');
  });
  const root = repositoryRoot();
  await ensureInstalled(root, { onChild: (child) => (current = child) });
  if (endedBySignal) return endedBySignal;
  const node = chooseNode(root);
  await build(root);
  if (endedBySignal) return endedBySignal;
  const file = join(root, program);
  if (!existsSync(file)) throw new Error(`The program of "${verb}" is not there: ${program}`);
  return run(node, [file, ...args]);
}

async function build(root) {
  const { ensureBuilt } = await import('./build.mjs');
  const { compiled, tookMs } = await ensureBuilt({ root });
  if (compiled > 0) process.stderr.write(`Built ${compiled} files in ${tookMs} ms\n`);
}

/** The child is in a session of its own, so that a terminal's Ctrl-C comes once, through here. */
function run(node, args) {
  const [command = node, ...rest] = [
    ...boundPrefix({ signal: 'TERM' }),
    node,
    '--enable-source-maps',
    ...args,
  ];
  const child = spawn(command, rest, {
    stdio: ['pipe', 'inherit', 'inherit'],
    detached: true,
    env: { ...process.env, LIFELINE: 'stdin' },
  });
  current = child;
  child.stdin?.on('error', () => undefined); // nothing is written; the pipe is a lifeline
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      resolve(code ?? 128 + (constants.signals[signal ?? 'SIGTERM'] ?? 0));
    });
  });
}

/** @param {NodeJS.Signals} signal */
function end(signal) {
  endedBySignal ??= 128 + constants.signals[signal];
  const child = current;
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  setTimeout(() => child.kill('SIGKILL'), END_LIMIT_MS).unref();
}
