import { setTimeout as pause } from 'node:timers/promises';
import { acquireLease, type Lease } from '@mlc/postgres';
import { FailureError } from '@mlc/kernel';
import type { LedgerPort } from '@mlc/cloudsuite';
import { type Drive, driveRunGroup } from './drive-run-group.js';
import { freezeRunGroup } from './freeze-run-group.js';
import type { Holding, PostingContext } from './posting-context.js';
import { openRunGroups, takeOver } from './run-group-store.js';

/** Groups of one seller that may be open at all: a silent CloudSuite must not freeze everything there is. */
const MAX_OPEN_GROUPS = 40;

/**
 * Posts one seller's journals under one lease: takes over what is open, freezes what is in turn, drives several
 * groups at once, and gives the lease back when nothing is left to do.
 */
export class SellerPoster {
  readonly #context: PostingContext;
  readonly #port: LedgerPort;
  readonly #sellerId: string;
  readonly #driven = new Map<string, { slow: boolean }>();
  /** Somebody else has the lease, or this run is over. */
  readonly #lost = new AbortController();
  #wake: () => void = () => undefined;
  #woken = false;

  constructor(context: PostingContext, sellerId: string) {
    this.#context = context;
    this.#sellerId = sellerId;
    this.#port = context.ledgerOf({ sellerId });
  }

  /** New journals, a change of the seller: look again. */
  kick(): void {
    this.#woken = true;
    this.#wake();
  }

  /** Works until idle. False: somebody else holds the seller. */
  async run(stop: AbortSignal): Promise<boolean> {
    const { db, settings, log } = this.#context;
    const lease = await acquireLease(db, `post/${this.#sellerId}`, settings.LEASE_TTL_MS);
    if (!lease) return false;
    const signal = AbortSignal.any([stop, this.#lost.signal]);
    signal.addEventListener('abort', () => this.kick(), { once: true });
    const renewing = setInterval(() => {
      lease
        .renew()
        .then((held) => held || this.#lost.abort())
        .catch((error: unknown) => log.warn({ err: error }, 'lease not renewed'));
    }, settings.LEASE_TTL_MS / 3);
    try {
      await this.#work({ sellerId: this.#sellerId, lease, signal });
    } finally {
      clearInterval(renewing);
      this.#lost.abort();
      await this.#driversEnd();
      await lease.release();
    }
    return true;
  }

  async #work(holding: Holding): Promise<void> {
    const { db } = this.#context;
    const open = await db.forSellers([this.#sellerId], async (tx) => {
      await takeOver(tx, this.#sellerId, holding.lease.token);
      return openRunGroups(tx, this.#sellerId);
    });
    for (const runGroup of open) this.#drive(holding, runGroup);
    while (!holding.signal.aborted) {
      this.#woken = false;
      const nextMs = await this.#freezeMore(holding.lease);
      if (typeof nextMs === 'string') {
        this.#drive(holding, nextMs);
        continue;
      }
      if (nextMs === null && this.#driven.size === 0 && !this.#wokenMeanwhile()) return;
      await this.#awake(nextMs ?? this.#context.settings.POSTER_TICK_MS);
    }
  }

  /** A new group's name, or how long to wait before looking again (null: nothing waits). */
  async #freezeMore(lease: Lease): Promise<string | number | null> {
    const { settings, db, clock } = this.#context;
    const busy = [...this.#driven.values()].filter((drive) => !drive.slow).length;
    if (busy >= settings.RUN_GROUPS_IN_FLIGHT || this.#driven.size >= MAX_OPEN_GROUPS) {
      return settings.POSTER_TICK_MS;
    }
    const frozen = await freezeRunGroup(
      {
        db,
        clock,
        ledger: this.#port,
        installation: settings.INSTALLATION_ID,
        lingerMs: settings.FREEZE_LINGER_MS,
      },
      { id: this.#sellerId, lease },
    );
    if (!frozen) return null;
    return 'runGroup' in frozen ? frozen.runGroup : Math.ceil(frozen.waitMs);
  }

  readonly #drivers = new Set<Promise<void>>();

  #drive(holding: Holding, runGroup: string): void {
    const state = { slow: false };
    this.#driven.set(runGroup, state);
    const onSlow = (slow: boolean) => {
      state.slow = slow;
      if (slow) this.kick();
    };
    const drive = this.#driveToEnd({
      context: this.#context,
      holding,
      port: this.#port,
      runGroup,
      onSlow,
    }).finally(() => {
      this.#driven.delete(runGroup);
      this.#drivers.delete(drive);
      this.kick();
    });
    this.#drivers.add(drive);
  }

  /** The group's row says where it is: after an error it is driven on from there. */
  async #driveToEnd(drive: Drive): Promise<void> {
    const { log, settings } = this.#context;
    const { runGroup, holding } = drive;
    while (!holding.signal.aborted) {
      try {
        await driveRunGroup(drive);
        return;
      } catch (error) {
        const code = error instanceof FailureError ? error.failure.code : 'unexpected';
        log.error({ err: error, runGroup, code }, 'run group left as it is');
        if (code === 'posting.fence-lost' || code === 'posting.lease-lost') {
          this.#lost.abort();
          return;
        }
        drive.onSlow(true);
        await pause(settings.RETRY_FIRST_MS, undefined, { signal: holding.signal }).catch(
          () => null,
        );
        drive.onSlow(false);
      }
    }
  }

  async #driversEnd(): Promise<void> {
    await Promise.allSettled([...this.#drivers]);
  }

  #wokenMeanwhile(): boolean {
    return this.#woken;
  }

  async #awake(ms: number): Promise<void> {
    if (this.#woken) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = () => undefined;
  }
}
