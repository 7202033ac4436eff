import { readFileSync, readdirSync } from 'node:fs';

/** What a process has used so far, as Linux's /proc tells it. */
export interface ProcessUsage {
  /** User and system time, ended and waited-for children included. */
  cpuSeconds: number;
  /**
   * Memory in RAM. Of a tree: each process's proportional share (PSS) where the kernel shows it, so
   * that PostgreSQL's shared buffers count once.
   */
  residentBytes: number;
}

const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4_096;

interface Stat {
  parent: number;
  ticks: number;
  residentPages: number;
}

/** Of one process; undefined when it is gone or the machine has no /proc. */
export function processUsage(pid: number): ProcessUsage | undefined {
  const stat = statOf(pid);
  return stat && { cpuSeconds: seconds(stat), residentBytes: stat.residentPages * PAGE_BYTES };
}

/** Of a process and all below it: PostgreSQL with its backends. */
export function processTreeUsage(pid: number): ProcessUsage | undefined {
  const root = statOf(pid);
  if (!root) return undefined;
  const usage = { cpuSeconds: seconds(root), residentBytes: sharedResidentBytes(pid, root) };
  for (const [below, stat] of descendantsOf(pid)) {
    usage.cpuSeconds += seconds(stat);
    usage.residentBytes += sharedResidentBytes(below, stat);
  }
  return usage;
}

function descendantsOf(pid: number): Map<number, Stat> {
  const all = new Map<number, Stat>();
  for (const entry of readdirSync('/proc')) {
    const stat = /^\d+$/.test(entry) ? statOf(Number(entry)) : undefined;
    if (stat) all.set(Number(entry), stat);
  }
  const below = new Map<number, Stat>();
  const queue = [pid];
  for (let parent = queue.pop(); parent !== undefined; parent = queue.pop()) {
    for (const [child, stat] of all) {
      if (stat.parent !== parent) continue;
      below.set(child, stat);
      queue.push(child);
    }
  }
  return below;
}

function seconds(stat: Stat): number {
  return stat.ticks / TICKS_PER_SECOND;
}

function statOf(pid: number): Stat | undefined {
  const text = read(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The second field is the program's name in brackets and may hold anything, brackets too.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3]);
  return {
    parent: field(4),
    ticks: field(14) + field(15) + field(16) + field(17),
    residentPages: field(24),
  };
}

function sharedResidentBytes(pid: number, stat: Stat): number {
  const rollup = read(`/proc/${pid}/smaps_rollup`);
  const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(rollup ?? '')?.[1];
  return kilobytes === undefined ? stat.residentPages * PAGE_BYTES : Number(kilobytes) * 1_024;
}

/** A process may end between two reads: then it has no more to tell. */
function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
