import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Processes that cannot outlive the one that started them, not even when that one is KILLed. Two
 * locks on one door: where Linux has `setpriv`, the kernel itself signals the child when its parent
 * dies; and a guard, a sleeping shell of 1 MB, reads a pipe whose end only the parent holds, and on
 * its end signals the child, gently first and by KILL in the end.
 */

const GUARD_GRACE_SECONDS = 6;

const GUARD_SCRIPT = `
read -r order
[ "$order" = done ] && exit 0
kill -"$2" "$1" 2>/dev/null
tries=0
while kill -0 "$1" 2>/dev/null; do
  tries=$((tries + 1))
  [ "$tries" -ge ${GUARD_GRACE_SECONDS * 10} ] && kill -KILL "$1" 2>/dev/null && exit 0
  sleep 0.1
done
`;

/**
 * The program's path on PATH, or undefined.
 * @param {string} name
 * @returns {string | undefined}
 */
export function findOnPath(name) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const file = join(folder || '.', name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      continue;
    }
  }
  return undefined;
}

/** @type {string | undefined | null} */
let setprivFile = null;

/** @returns {string | undefined} */
export function setprivPath() {
  if (setprivFile === null) {
    setprivFile = process.platform === 'linux' ? findOnPath('setpriv') : undefined;
  }
  return setprivFile;
}

/**
 * What one has to write before a command so that the kernel signals it at its parent's death, under
 * another user if asked. (Changing the user by other means would clear the parent-death signal, so
 * setpriv does both.) Empty where there is no setpriv.
 * @param {{ signal: string, user?: { uid: number, gid: number, capabilities?: string[] } }} options
 * @returns {string[]}
 */
export function boundPrefix({ signal, user }) {
  const setpriv = setprivPath();
  if (!setpriv) return [];
  const prefix = [setpriv, '--pdeathsig', signal];
  if (user) {
    prefix.push(`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups');
    const kept = (user.capabilities ?? []).map((name) => `+${name}`).join(',');
    // Without the secure bit, access(2) asked by a user that is not root forgets capabilities.
    if (kept) {
      prefix.push(`--inh-caps=${kept}`, `--ambient-caps=${kept}`);
      prefix.push('--securebits=+no_setuid_fixup');
    }
  }
  return [...prefix, '--'];
}

/**
 * @typedef {object} BoundProcess
 * @property {import('node:child_process').ChildProcess} child
 * @property {number} pid
 * @property {number | undefined} guardPid
 * @property {Promise<{ code: number | null, signal: NodeJS.Signals | null }>} exited
 * @property {(options?: { signal?: NodeJS.Signals, limitMs?: number }) => Promise<void>} stop
 *   signals, waits, and KILLs after the limit; resolves when process and guard are gone
 */

/**
 * Starts a process in its own session (a terminal's Ctrl-C reaches the launcher only, which stops
 * its servers in order) bound to this process.
 * @param {string} command
 * @param {string[]} args
 * @param {{ deathSignal: 'INT' | 'TERM' | 'KILL', user?: { uid: number, gid: number,
 *   capabilities?: string[] }, stdio: import('node:child_process').StdioOptions, cwd?: string,
 *   env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<BoundProcess>}
 */
export async function spawnBound(command, args, options) {
  const prefix = boundPrefix({ signal: options.deathSignal, user: options.user });
  const [program = command, ...rest] = [...prefix, command, ...args];
  const child = spawn(program, rest, {
    stdio: options.stdio,
    detached: true,
    ...(options.cwd ? { cwd: options.cwd } : {}),
    ...(options.env ? { env: options.env } : {}),
    ...(options.user && prefix.length === 0
      ? { uid: options.user.uid, gid: options.user.gid }
      : {}),
  });
  const exited = new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  await new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  const pid = /** @type {number} */ (child.pid);
  const guard = spawnGuard(pid, options.deathSignal);
  const guardGone = new Promise((resolve) => guard.once('exit', resolve));
  void exited.then(() => guard.stdin?.end('done\n'));
  return {
    child,
    pid,
    guardPid: guard.pid,
    exited,
    stop: async ({ signal = 'SIGTERM', limitMs = 10_000 } = {}) => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
      await exited;
      clearTimeout(timer);
      await guardGone;
    },
  };
}

/**
 * @param {number} pid
 * @param {string} signal
 */
function spawnGuard(pid, signal) {
  const guard = spawn('/bin/sh', ['-c', GUARD_SCRIPT, 'ml-connector-guard', String(pid), signal], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin' },
  });
  // The guard ends by itself when its process does; a broken pipe then says nothing new.
  guard.stdin?.on('error', () => undefined);
  guard.on('error', (error) => {
    process.stderr.write(`No guard for process ${pid}: ${error.message}\n`);
  });
  return guard;
}
