import { setTimeout as pause } from 'node:timers/promises';
import { lineEndpoints, type Progress } from '@mlc/api';
import type { ApiLink, OnboardedSeller } from '@mlc/installation';

export type AllProgress = readonly { readonly name: string; readonly progress: Progress }[];

const POLL_MS = 200;

export async function readProgress(
  api: ApiLink,
  sellers: readonly OnboardedSeller[],
): Promise<AllProgress> {
  return Promise.all(
    sellers.map(async ({ sellerId, scenario }) => ({
      name: scenario.name,
      progress: await api.call(lineEndpoints.progress, { params: { sellerId } }),
    })),
  );
}

export interface WaitFor {
  readonly api: ApiLink;
  readonly sellers: readonly OnboardedSeller[];
  readonly limitMs: number;
  /** Said when the limit is reached. */
  readonly what: string;
  readonly onProgress?: (progress: AllProgress) => void;
}

/** Looks at the progress of all sellers until `done`; fails with where they stood at the limit. */
export async function waitUntil(
  wait: WaitFor,
  done: (progress: Progress, at: number) => boolean,
): Promise<void> {
  const startedMs = performance.now();
  for (;;) {
    const all = await readProgress(wait.api, wait.sellers);
    wait.onProgress?.(all);
    if (all.every(({ progress }, at) => done(progress, at))) return;
    if (performance.now() - startedMs > wait.limitMs) {
      const stood = all
        .map(({ name, progress }) => `${name}: ${JSON.stringify(progress)}`)
        .join('\n');
      throw new Error(`${wait.what} took longer than ${wait.limitMs / 1000} s:\n${stood}`);
    }
    await pause(POLL_MS);
  }
}

/** A poll has ended and mapping has decided every line it added. */
export function isRead(progress: Progress): boolean {
  return (
    progress.poll?.endedAt != null &&
    progress.poll.failure === null &&
    progress.poll.linesListed > 0
  );
}

/** Nothing is on its way any more. */
export function isSettled(progress: Progress): boolean {
  return progress.byStanding.pending === 0 && progress.byStanding.shadow === 0;
}
