import { setTimeout as sleep } from 'node:timers/promises';
import { type HttpAnswer } from '@mlc/http';
import { type Clock } from '@mlc/kernel';
import { replenishWaitMs } from './failures.js';

/**
 * Walmart's token bucket of one seller and one API as its answers show it: nothing is assumed about the
 * documented figures, an emptied bucket or a 429 makes everybody wait.
 */
export class RateGate {
  #blockedUntilMs = 0;

  constructor(readonly clock: Clock) {}

  /** How long a call must still wait, in ms; 0 when it may go. */
  waitMs(): number {
    return Math.max(0, Math.ceil(this.#blockedUntilMs - this.clock.monotonicMs()));
  }

  async pass(signal?: AbortSignal): Promise<void> {
    for (let wait = this.waitMs(); wait > 0; wait = this.waitMs()) {
      await sleep(wait, undefined, { ...(signal ? { signal } : {}) });
    }
  }

  block(forMs: number): void {
    this.#blockedUntilMs = Math.max(this.#blockedUntilMs, this.clock.monotonicMs() + forMs);
  }

  /** Learns from every answer, so that the call which would be refused is not made. */
  learn(headers: HttpAnswer['headers']): void {
    const left = Number(headers['x-current-token-count'] ?? Number.NaN);
    if (!(left <= 0)) return;
    const wait = replenishWaitMs(headers, this.clock);
    if (wait !== null) this.block(wait);
  }
}
