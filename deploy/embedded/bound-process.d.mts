import type { ChildProcess, StdioOptions } from 'node:child_process';

export interface BoundUser {
  uid: number;
  gid: number;
  capabilities?: string[];
}

export interface BoundProcess {
  child: ChildProcess;
  pid: number;
  guardPid: number | undefined;
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Signals (TERM), and KILLs after the limit (10 s). Resolves when process and guard are gone. */
  stop: (options?: { signal?: NodeJS.Signals; limitMs?: number }) => Promise<void>;
}

export function findOnPath(name: string): string | undefined;
export function setprivPath(): string | undefined;
export function boundPrefix(options: { signal: string; user?: BoundUser }): string[];

/** A process in its own session that cannot outlive this one, not even when this one is KILLed. */
export function spawnBound(
  command: string,
  args: string[],
  options: {
    deathSignal: 'INT' | 'TERM' | 'KILL';
    user?: BoundUser;
    stdio: StdioOptions;
    cwd?: string;
    env?: NodeJS.ProcessEnv;
  },
): Promise<BoundProcess>;
