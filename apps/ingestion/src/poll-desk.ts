import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, type EpochMs, failure, type Failure } from '@mlc/kernel';
import { acquireLease, type Database, type Lease } from '@mlc/postgres';
import type { WalmartClient } from '@mlc/walmart';
import pLimit from 'p-limit';
import type { Logger } from 'pino';
import { type PollReport, pollSeller, type PollSettings } from './poll.js';
import type { PollTrigger } from './poll-progress.js';
import { dueSellers, findSeller, isPolled, scheduleNext } from './seller-registry.js';

export interface PollDeskOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly clientOf: (sellerId: string) => WalmartClient;
  readonly settings: PollSettings;
  /** Sellers polled at the same time by this process. */
  readonly sellers: number;
  readonly leaseMs: number;
}

export type PollAnswer =
  { readonly report: PollReport } | { readonly refused: Failure } | 'held-elsewhere';

/** Who asked for a poll, and from when on. */
interface AskedPoll {
  readonly trigger: PollTrigger;
  readonly since: EpochMs | null;
}

const LEASE_WAIT_STEP_MS = 250;
const LEASE_WAIT_MS = 300_000;

/** Who is polled now: one poll of a seller at a time over all replicas, a few sellers side by side. */
export class PollDesk {
  readonly #running = new Map<string, Promise<unknown>>();
  readonly #slots;
  readonly #stopping = new AbortController();

  constructor(private readonly options: PollDeskOptions) {
    this.#slots = pLimit(options.sellers);
  }

  /** Starts what is due, as far as there are free places; does not wait for it. */
  async startDue(): Promise<void> {
    const free = this.options.sellers - this.#running.size;
    if (free <= 0 || this.#stopping.signal.aborted) return;
    // Those still running are due until they end.
    const due = await dueSellers(this.options.db, free + this.#running.size);
    for (const sellerId of due.filter((id) => !this.#running.has(id)).slice(0, free)) {
      void this.#track(sellerId, this.#poll(sellerId, { trigger: 'schedule', since: null })).catch(
        (cause: unknown) => {
          if (this.#stopping.signal.aborted) return;
          this.options.logger.error({ seller: sellerId, err: cause }, 'poll broke off');
        },
      );
    }
  }

  /**
   * One whole poll that begins after this call, from `since` on (null: from the watermark). Waits for a
   * running one of the same seller.
   */
  async pollNow(sellerId: string, since: EpochMs | null): Promise<PollAnswer> {
    const { clock } = this.options;
    const deadline = clock.monotonicMs() + LEASE_WAIT_MS;
    for (;;) {
      await this.#running.get(sellerId)?.catch(() => undefined);
      if (!this.#running.has(sellerId)) {
        const answer = await this.#track(
          sellerId,
          this.#poll(sellerId, { trigger: 'command', since }),
        );
        if (answer !== 'held-elsewhere' || clock.monotonicMs() > deadline) return answer;
      }
      await sleep(LEASE_WAIT_STEP_MS, undefined, { signal: this.#stopping.signal });
    }
  }

  /** Ends running polls at their next step and waits for them. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.allSettled(this.#running.values());
  }

  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  #track<T>(sellerId: string, work: Promise<T>): Promise<T> {
    const tracked = work.finally(() => this.#running.delete(sellerId));
    this.#running.set(sellerId, tracked);
    return tracked;
  }

  #poll(sellerId: string, asked: AskedPoll): Promise<PollAnswer> {
    return this.#slots(() => this.#pollInLease(sellerId, asked));
  }

  async #pollInLease(sellerId: string, asked: AskedPoll): Promise<PollAnswer> {
    const { db, leaseMs } = this.options;
    const lease = await acquireLease(db, `poll/${sellerId}`, leaseMs);
    if (!lease) return 'held-elsewhere';
    const renewing = setInterval(() => void this.#renew(lease), Math.ceil(leaseMs / 3));
    try {
      return await this.#pollAs(sellerId, asked, lease);
    } finally {
      clearInterval(renewing);
      await lease.release();
    }
  }

  /** A lease that was lost is noticed by the next transaction, which refuses to write. */
  async #renew(lease: Lease): Promise<void> {
    try {
      await lease.renew();
    } catch (cause) {
      this.options.logger.warn({ lease: lease.name, err: cause }, 'lease not renewed');
    }
  }

  async #pollAs(sellerId: string, asked: AskedPoll, lease: Lease): Promise<PollAnswer> {
    const { db, clock, logger, settings, clientOf } = this.options;
    const seller = await findSeller(db, sellerId);
    if (!seller || !isPolled(seller)) {
      return { refused: refusal(seller?.state ?? null, seller?.polling.paused ?? false) };
    }
    const report = await pollSeller({
      db,
      clock,
      client: clientOf(sellerId),
      seller,
      lease,
      ...asked,
      settings,
      signal: this.#stopping.signal,
    });
    const { counts, pollId, failure: failed } = report;
    const told = { seller: sellerId, pollId, ...counts };
    if (failed) logger.warn({ ...told, code: failed.code, reason: failed.message }, 'poll failed');
    else logger.info(told, 'poll done');
    await scheduleNext(db, sellerId, failed?.retryAfterMs ?? 0);
    return { report };
  }
}

function refusal(state: string | null, paused: boolean): Failure {
  if (state === null) {
    return failure(
      'not-found',
      'ingestion.unknown-seller',
      'This seller is not known here yet; try again in a moment.',
    );
  }
  return failure(
    'conflict',
    'ingestion.not-polled',
    paused
      ? 'Polling of this seller is paused; resume it first.'
      : `Orders are read in the states shadow and live only, and this seller is ${state}.`,
  );
}
