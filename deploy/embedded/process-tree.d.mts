export interface KnownProcess {
  pid: number;
  state: string;
  parent: number;
  startedAt: string;
  command: string;
}

/** What /proc tells of a process; undefined when it is gone. Linux only, as all here. */
export function readProcess(pid: number): KnownProcess | undefined;

/** All processes below one, children of children too. */
export function processesBelow(pid: number): KnownProcess[];

/** Whether the very process (not a later one of the same number) still runs. A zombie does not. */
export function stillRuns(known: { pid: number; startedAt: string }): boolean;
