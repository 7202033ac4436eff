import { execFileSync } from 'node:child_process';
import { readProcess, stillRuns } from './process-tree.mjs';

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

/** @returns {{ pid: number, name: string, startedAt: string }[]} nearest first */
function chainToNpm() {
  const chain = [];
  const table = process.platform === 'linux' ? undefined : processTable();
  let pid = process.ppid;
  while (pid > 1 && chain.length < CHAIN_LIMIT) {
    const found = table ? table.get(pid) : readProcess(pid);
    if (!found) break;
    chain.push({ pid, name: found.command, startedAt: found.startedAt });
    if (/(^|\/|\s)npm(-cli\.js)?(\s|$)/.test(found.command)) return chain;
    pid = found.parent;
  }
  // Started by npm whose name we cannot see: its shell at least.
  return process.env.npm_lifecycle_event ? chain.slice(0, 1) : [];
}

function processTable() {
  const table = new Map();
  const output = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,command='], { encoding: 'utf8' });
  for (const line of output.split('\n')) {
    const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    if (pid) table.set(Number(pid), { parent: Number(parent), command, startedAt: '' });
  }
  return table;
}

function lives(ancestor) {
  if (process.platform === 'linux') return stillRuns(ancestor);
  try {
    process.kill(ancestor.pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
