import { readFileSync, readdirSync } from 'node:fs';

/**
 * What /proc tells of a process; undefined when it is gone.
 * @param {number} pid
 * @returns {{ pid: number, state: string, parent: number, startedAt: string, command: string }
 *   | undefined}
 */
export function readProcess(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name before the last bracket may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    const [state = '', parent = ''] = fields;
    return { pid, state, parent: Number(parent), startedAt: fields[19] ?? '', command };
  } catch {
    return undefined;
  }
}

/**
 * All processes below one, children of children too.
 * @param {number} pid
 */
export function processesBelow(pid) {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readProcess(Number(name)))
    .filter((found) => found !== undefined);
  const below = [];
  const queue = [pid];
  for (let parent = queue.pop(); parent !== undefined; parent = queue.pop()) {
    for (const found of all) {
      if (found.parent !== parent) continue;
      below.push(found);
      queue.push(found.pid);
    }
  }
  return below;
}

/**
 * Whether the very process (not a later one of the same number) still runs. A zombie does not.
 * @param {{ pid: number, startedAt: string }} known
 */
export function stillRuns(known) {
  const now = readProcess(known.pid);
  return now !== undefined && now.startedAt === known.startedAt && !'ZX'.includes(now.state);
}
