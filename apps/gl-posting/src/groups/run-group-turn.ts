import type { LedgerPort, StagedLine, Verdict } from '@mlc/cloudsuite';
import { failure, FailureError } from '@mlc/kernel';
import type { Tx } from '@mlc/postgres';
import { auditStep, changeJournals, type JournalChange, outcomeOf } from './outcomes.js';
import { type Holding, MOVED, type PostingContext, type Turn } from './posting-context.js';
import type { RunGroupState } from './run-group-states.js';
import {
  type GroupChange,
  loadMembers,
  loadPayload,
  moveRunGroup,
  noteRunGroup,
  type Reason,
  type RunGroup,
} from './run-group-store.js';

/** What a committed step of a group consists of. */
export interface Step {
  readonly to: RunGroupState;
  readonly change?: GroupChange;
  readonly audit?: {
    readonly action: string;
    readonly nth?: number;
    readonly data: Record<string, unknown>;
  };
  /** Journals that change with it; `everyone` for all members alike. */
  readonly journals?:
    readonly JournalChange[] | { readonly everyone: Omit<JournalChange, 'journalId'> };
  readonly resultId?: string;
  readonly also?: (tx: Tx) => Promise<void>;
}

/** One group in one process: its row as last read, and the ways to write it. */
export class RunGroupTurn {
  #frozen: ReadonlyMap<number, string> | null = null;
  #thawed: ReadonlyMap<number, StagedLine> | null = null;

  readonly context: PostingContext;
  readonly holding: Holding;
  readonly port: LedgerPort;
  group: RunGroup;
  /** Turns that ended waiting, since the group last moved. */
  waits = 0;

  constructor(of: Pick<RunGroupTurn, 'context' | 'holding' | 'port' | 'group'>) {
    this.context = of.context;
    this.holding = of.holding;
    this.port = of.port;
    this.group = of.group;
  }

  async frozen(): Promise<ReadonlyMap<number, string>> {
    const { db } = this.context;
    this.#frozen ??= await db.forSellers([this.group.sellerId], (tx) =>
      loadPayload(tx, this.group.runGroup),
    );
    return this.#frozen;
  }

  /** The frozen lines as they must be found in staging. */
  async thawed(): Promise<ReadonlyMap<number, StagedLine>> {
    if (!this.#thawed) {
      const { currency } = this.group;
      const lines = [...(await this.frozen())];
      this.#thawed = new Map(lines.map(([at, line]) => [at, this.port.thawLine(line, currency)]));
    }
    return this.#thawed;
  }

  /**
   * F4, F10: before a call that changes anything the lease must outlive it; then the intent is committed. B8:
   * an intent to send is committed only while the seller is live.
   */
  async intend(step: Step | { readonly note: GroupChange }): Promise<void> {
    if (!(await this.holding.lease.renew())) {
      const message = `the lease of seller ${this.group.sellerId} ran out; another process goes on`;
      throw new FailureError(failure('conflict', 'posting.lease-lost', message));
    }
    if ('note' in step) await this.note(step.note);
    else await this.move({ ...step, also: (tx) => assertLive(tx, this.group.sellerId) });
  }

  /** Commits a step: the group's state, its audit record and its journals' outcomes, or none of them. */
  async move(step: Step): Promise<Turn> {
    const { group, context, holding } = this;
    await context.db.forSellers([group.sellerId], async (tx) => {
      await moveRunGroup(tx, {
        group,
        fence: holding.lease.token,
        to: step.to,
        ...(step.change ? { change: step.change } : {}),
      });
      await step.also?.(tx);
      if (step.journals) {
        const journals = step.journals;
        const changes =
          'everyone' in journals
            ? (await loadMembers(tx, group.runGroup)).map(({ journalId }) => ({
                journalId,
                ...journals.everyone,
              }))
            : journals;
        await changeJournals(tx, context.clock, outcomeOf(group, changes, step.resultId ?? null));
      }
      if (step.audit) await auditStep(tx, context.clock, { group, ...step.audit });
      tx.afterCommit(() => context.anchor.kick());
    });
    return MOVED;
  }

  async note(change: GroupChange): Promise<void> {
    await this.context.db.forSellers([this.group.sellerId], (tx) =>
      noteRunGroup(tx, { group: this.group, fence: this.holding.lease.token, change }),
    );
  }

  /** F6, G1: a person decides; the group keeps its members, so nothing is sent again. */
  hold(reason: Reason, data: Record<string, unknown> = {}): Promise<Turn> {
    this.context.log.warn({ runGroup: this.group.runGroup, code: reason.code }, 'run group held');
    return this.move({
      to: 'held',
      change: { reason },
      journals: { everyone: { state: 'held', reason } },
      audit: { action: 'run-group-held', data: { ...reason, ...data } },
    });
  }

  /** Journals are reported unknown once, while the group is looked up. */
  async tellUnknown(reason: Reason): Promise<void> {
    if (this.group.unknownTold) return;
    const { group, context, holding } = this;
    await context.db.forSellers([group.sellerId], async (tx) => {
      await noteRunGroup(tx, { group, fence: holding.lease.token, change: { unknownTold: true } });
      const members = await loadMembers(tx, group.runGroup);
      const changes = members.map(({ journalId }) => ({
        journalId,
        state: 'unknown' as const,
        reason,
      }));
      await changeJournals(tx, context.clock, outcomeOf(group, changes));
      await auditStep(tx, context.clock, {
        group,
        action: 'run-group-unknown',
        data: { ...reason },
      });
      tx.afterCommit(() => context.anchor.kick());
    });
  }

  /** The same thing seen how many times in a row, counted in the database so that a restart goes on counting. */
  async seenTimes(seen: string): Promise<number> {
    const times = this.group.look?.seen === seen ? this.group.look.times + 1 : 1;
    await this.note({ look: { seen, times } });
    return times;
  }
}

async function assertLive(tx: Tx, sellerId: string): Promise<void> {
  const live = await tx.query(
    `SELECT 1 FROM posting.seller WHERE seller_id = $1 AND state = 'live' FOR SHARE`,
    [sellerId],
  );
  if (live.length > 0) return;
  const message = `seller ${sellerId} was stopped: nothing more is sent for it`;
  throw new FailureError(failure('conflict', 'posting.seller-not-live', message));
}

export function evidence(verdict: Verdict): Record<string, unknown> {
  return {
    class: verdict.class,
    status: verdict.status,
    transactionId: verdict.transactionId,
    message: verdict.message,
  };
}

/** Turned away before it ran: the call may be made again, later. */
export function provablyNotRun(verdict: Verdict): boolean {
  return verdict.class === 'NOT_SENT' || verdict.class === 'AUTH' || verdict.class === 'THROTTLED';
}
