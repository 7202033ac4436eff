import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const POLL_MS = 250;
const CHAIN_LIMIT = 12;

/**
 * Calls back once when one of the processes between here and the `npm` that started it is dead:
 * a KILLed npm tells nobody, and its shell lives on. Without an npm above, nothing is watched: the
 * terminal's own signals are enough.
 * @param {(who: string) => void} onDeath
 * @returns {() => void} ends the watch
 */
export function watchAncestors(onDeath) {
  const chain = chainToNpm();
  const timer = setInterval(() => {
    const dead = chain.find((ancestor) => !lives(ancestor));
    if (!dead) return;
    clearInterval(timer);
    onDeath(`${dead.name} (process ${dead.pid})`);
  }, POLL_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** @returns {{ pid: number, name: string, startedAt: string | undefined }[]} nearest first */
function chainToNpm() {
  const chain = [];
  const table = process.platform === 'linux' ? undefined : processTable();
  let pid = process.ppid;
  while (pid > 1 && chain.length < CHAIN_LIMIT) {
    const found = table ? table.get(pid) : fromProc(pid);
    if (!found) break;
    chain.push({ pid, name: found.name, startedAt: found.startedAt });
    if (/(^|\/|\s)npm(-cli\.js)?(\s|$)/.test(found.name)) return chain;
    pid = found.parent;
  }
  // Started by npm whose name we cannot see: its shell at least.
  return process.env.npm_lifecycle_event ? chain.slice(0, 1) : [];
}

function fromProc(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const name = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return { state: fields[0], parent: Number(fields[1]), startedAt: fields[19], name };
  } catch {
    return undefined; // gone
  }
}

function processTable() {
  const table = new Map();
  const output = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,command='], { encoding: 'utf8' });
  for (const line of output.split('\n')) {
    const [, pid, parent, name] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    if (pid) table.set(Number(pid), { parent: Number(parent), name, startedAt: undefined });
  }
  return table;
}

function lives({ pid, startedAt }) {
  if (process.platform === 'linux') {
    const now = fromProc(pid);
    return now !== undefined && now.startedAt === startedAt && !'ZX'.includes(now.state);
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
