import { type AuditEntry, recordAudit } from '@mlc/audit';
import { draft, type JournalState, journalOutcomesDecided } from '@mlc/events';
import { type Clock, isoInstant, type LedgerRef, uuidOf } from '@mlc/kernel';
import { appendToOutbox } from '@mlc/messaging';
import type { Tx } from '@mlc/postgres';
import type { Reason, RunGroup } from './run-group-store.js';

export const SCHEMA = 'posting';
export const SERVICE = 'gl-posting';

export interface JournalChange {
  readonly journalId: string;
  readonly state: JournalState;
  readonly reason?: Reason;
}

/** What a batch of changes is about; becomes one event (E4: a version per journal). */
export interface OutcomeBatch {
  readonly sellerId: string;
  readonly market: string;
  readonly ledger: LedgerRef;
  readonly correlationId: string;
  readonly resultId: string | null;
  readonly changes: readonly JournalChange[];
}

/** Changes journals, settles their revisions when posted, and publishes the outcomes: three statements. */
export async function changeJournals(tx: Tx, clock: Clock, batch: OutcomeBatch): Promise<void> {
  if (batch.changes.length === 0) return;
  const rows = await tx.query<{
    journal_id: string;
    version: number;
    state: JournalState;
    run_group: string | null;
    posting_date: string | null;
    result_id: string | null;
    reason: Reason | null;
  }>(
    `UPDATE posting.journal j
        SET state = u.state, version = j.version + 1, reason = u.reason, result_id = coalesce($5, j.result_id),
            run_group = CASE WHEN u.state = 'accepted' THEN NULL ELSE j.run_group END,
            posting_date = CASE WHEN u.state = 'accepted' THEN NULL ELSE j.posting_date END
       FROM unnest($2::text[], $3::text[], $4::jsonb[]) AS u (journal_id, state, reason)
      WHERE j.seller_id = $1 AND j.journal_id = u.journal_id
      RETURNING j.journal_id, j.version, j.state, j.run_group, j.posting_date, j.result_id, j.reason`,
    [
      batch.sellerId,
      batch.changes.map((change) => change.journalId),
      batch.changes.map((change) => change.state),
      batch.changes.map((change) => (change.reason ? JSON.stringify(change.reason) : null)),
      batch.resultId,
    ],
  );
  const posted = rows.filter((row) => row.state === 'posted').map((row) => row.journal_id);
  if (posted.length > 0) {
    await tx.execute(
      `UPDATE posting.journal_revision SET settled = true WHERE seller_id = $1 AND journal_id = ANY ($2::text[])`,
      [batch.sellerId, posted],
    );
  }
  const outcomes = rows.map((row) => ({
    journalId: row.journal_id,
    version: row.version,
    state: row.state,
    runGroup: row.run_group,
    postingDate: row.posting_date,
    resultId: row.result_id,
    reason: row.reason,
  }));
  const identity = outcomes.map((outcome) => `${outcome.journalId}:${outcome.version}`).sort();
  await appendToOutbox(tx, SCHEMA, [
    draft(journalOutcomesDecided, {
      seller: batch.sellerId,
      market: batch.market,
      occurredAt: clock.now(),
      correlationId: batch.correlationId,
      identity,
      payload: { ledger: batch.ledger, outcomes },
    }),
  ]);
}

export interface GroupStep {
  readonly group: RunGroup;
  /** Past tense, `run-group-staged`. */
  readonly action: string;
  /** Tells a repeated step from the same step done again. */
  readonly nth?: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * One record for a step of a run group. It names the group only: the group's orders and journals stand
 * in its `run-group-frozen`, which is how a trail gets from an order to here.
 */
export function groupAudit(clock: Clock, step: GroupStep): AuditEntry {
  const { group } = step;
  return {
    seller: group.sellerId,
    market: group.market,
    correlationId: group.runGroup,
    record: {
      recordId: uuidOf(step.action, group.runGroup, String(step.nth ?? 1)),
      at: isoInstant(clock.now()),
      service: SERVICE,
      action: step.action,
      actor: 'system',
      orders: [],
      runGroup: group.runGroup,
      journals: [],
      data: { attempt: group.attempt, rows: group.rowCount, ...step.data },
    },
  };
}

export async function auditStep(tx: Tx, clock: Clock, step: GroupStep): Promise<void> {
  await recordAudit(tx, SCHEMA, [groupAudit(clock, step)]);
}

/** The outcome of a whole group's journals. */
export function outcomeOf(
  group: RunGroup,
  changes: readonly JournalChange[],
  resultId: string | null = null,
): OutcomeBatch {
  return {
    sellerId: group.sellerId,
    market: group.market,
    ledger: group.ledger,
    correlationId: group.runGroup,
    resultId,
    changes,
  };
}
