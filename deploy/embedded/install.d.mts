import type { ChildProcess } from 'node:child_process';

/** Runs `npm ci` when `node_modules` is missing or does not fit the lockfile. */
export function ensureInstalled(
  root: string,
  options?: { onChild?: (child: ChildProcess) => void },
): Promise<void>;

/** The Node that runs our programs. Throws one sentence when there is none. */
export function chooseNode(root: string): string;
