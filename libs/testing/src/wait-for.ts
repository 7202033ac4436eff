import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '@mlc/kernel';

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_INTERVAL_MS = 20;

export interface WaitOptions {
  timeoutMs?: number;
  intervalMs?: number;
  /** What is waited for, said in the error: "the journal to be posted". */
  describe?: string;
}

/** What a condition may answer while it does not hold. */
type Falsy = false | null | undefined | 0 | '';

/**
 * Asks the condition until it answers something truthy, and answers that. A condition that throws
 * does not hold yet; its last error is the cause of the failure.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  options: WaitOptions = {},
): Promise<Exclude<T, Falsy>> {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, intervalMs = DEFAULT_INTERVAL_MS } = options;
  const clock = systemClock();
  const end = clock.monotonicMs() + timeoutMs;
  for (;;) {
    let cause: unknown;
    try {
      const answer = await condition();
      if (answer) return answer as Exclude<T, Falsy>;
    } catch (error) {
      cause = error;
    }
    if (clock.monotonicMs() >= end) {
      const what = options.describe ?? 'the condition';
      throw new Error(`Waited ${timeoutMs} ms in vain for ${what}`, { cause });
    }
    await pause(intervalMs);
  }
}
