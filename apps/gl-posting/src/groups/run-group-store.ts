import type { StageAnswer, Verdict } from '@mlc/cloudsuite';
import type { Seller } from '@mlc/events';
import { failure, FailureError, type LedgerRef } from '@mlc/kernel';
import type { Tx } from '@mlc/postgres';
import { assertTransition, type RunGroupState } from './run-group-states.js';

/** A run group as its row says, without its payload. Ages are on the database's clock. */
export interface RunGroup {
  readonly runGroup: string;
  readonly sellerId: string;
  readonly market: string;
  readonly ledger: LedgerRef;
  readonly currency: string;
  readonly attempt: number;
  readonly state: RunGroupState;
  readonly rowCount: number;
  readonly anchorId: string;
  readonly baselineResultId: bigint;
  readonly stageAnswer: RecordedAnswer | null;
  readonly stageAgeMs: number;
  readonly rowsSeen: boolean;
  readonly submitAnswer: RecordedAnswer | null;
  readonly submitAgeMs: number;
  readonly discardAgeMs: number;
  readonly discards: number;
  readonly verdict: Condemnation | null;
  readonly look: RepeatedLook | null;
  readonly unknownTold: boolean;
  readonly sellerState: Seller['state'];
}

/** An answer of CloudSuite as kept with the group. */
export interface RecordedAnswer extends Verdict {
  /** Refused lines of a stage answer, sequence number and text. */
  readonly refusedLines: readonly (readonly [number, string])[];
}

/** Why a group's staged rows are discarded, and which journals are to blame. */
export interface Condemnation {
  readonly purpose: 'rejected' | 'stopped';
  readonly refused: Readonly<Record<string, string>>;
  readonly resultId: string | null;
}

/** How often, one after another, the same was seen. */
export interface RepeatedLook {
  readonly seen: string;
  readonly times: number;
}

export interface Member {
  readonly journalId: string;
  readonly purchaseOrderId: string;
  readonly correlationId: string;
  readonly firstRow: number;
  readonly rowCount: number;
  readonly postingDate: string;
}

export interface Reason {
  readonly code: string;
  readonly message: string;
  readonly advice: string;
}

const AGE = (column: string) =>
  `coalesce(extract(epoch FROM posting.db_now() - ${column}) * 1000, 0)::bigint`;

const COLUMNS = `g.run_group, g.seller_id, g.market, g.ledger, g.currency, g.attempt, g.state, g.row_count,
  g.anchor_id, g.baseline_result_id, g.stage_answer, ${AGE('g.stage_intended_at')} AS stage_age_ms,
  g.rows_seen, g.submit_answer, ${AGE('g.submit_intended_at')} AS submit_age_ms,
  ${AGE('g.discard_intended_at')} AS discard_age_ms, g.discards, g.verdict, g.look, g.unknown_told,
  s.state AS seller_state`;

interface GroupRow {
  run_group: string;
  seller_id: string;
  market: string;
  ledger: LedgerRef;
  currency: string;
  attempt: number;
  state: RunGroupState;
  row_count: number;
  anchor_id: string;
  baseline_result_id: string | null;
  stage_answer: RecordedAnswer | null;
  stage_age_ms: string;
  rows_seen: boolean;
  submit_answer: RecordedAnswer | null;
  submit_age_ms: string;
  discard_age_ms: string;
  discards: number;
  verdict: Condemnation | null;
  look: RepeatedLook | null;
  unknown_told: boolean;
  seller_state: Seller['state'];
}

export async function loadRunGroup(tx: Tx, runGroup: string): Promise<RunGroup | null> {
  const rows = await tx.query<GroupRow>(
    `SELECT ${COLUMNS} FROM posting.run_group g JOIN posting.seller s USING (seller_id) WHERE run_group = $1`,
    [runGroup],
  );
  const row = rows[0];
  if (!row) return null;
  return {
    runGroup: row.run_group,
    sellerId: row.seller_id,
    market: row.market,
    ledger: row.ledger,
    currency: row.currency,
    attempt: row.attempt,
    state: row.state,
    rowCount: row.row_count,
    anchorId: row.anchor_id,
    baselineResultId: BigInt(row.baseline_result_id ?? '0'),
    stageAnswer: row.stage_answer,
    stageAgeMs: Number(row.stage_age_ms),
    rowsSeen: row.rows_seen,
    submitAnswer: row.submit_answer,
    submitAgeMs: Number(row.submit_age_ms),
    discardAgeMs: Number(row.discard_age_ms),
    discards: row.discards,
    verdict: row.verdict,
    look: row.look,
    unknownTold: row.unknown_told,
    sellerState: row.seller_state,
  };
}

/** The lines as frozen, by sequence number (F1: never computed again). */
export async function loadPayload(tx: Tx, runGroup: string): Promise<Map<number, string>> {
  const rows = await tx.query<{ payload: string }>(
    `SELECT payload FROM posting.run_group WHERE run_group = $1`,
    [runGroup],
  );
  const lines = (rows[0]?.payload ?? '').split('\n');
  return new Map(lines.map((line, at) => [at + 1, line]));
}

export async function loadMembers(tx: Tx, runGroup: string): Promise<Member[]> {
  const rows = await tx.query<{
    journal_id: string;
    purchase_order_id: string;
    correlation_id: string;
    first_row: number;
    row_count: number;
    posting_date: string;
  }>(
    `SELECT m.journal_id, j.purchase_order_id, j.correlation_id, m.first_row, m.row_count, m.posting_date
       FROM posting.run_group_member m JOIN posting.journal j USING (seller_id, journal_id)
      WHERE m.run_group = $1 ORDER BY m.first_row`,
    [runGroup],
  );
  return rows.map((row) => ({
    journalId: row.journal_id,
    purchaseOrderId: row.purchase_order_id,
    correlationId: row.correlation_id,
    firstRow: row.first_row,
    rowCount: row.row_count,
    postingDate: row.posting_date,
  }));
}

/** Names of a seller's groups that are not over, oldest first. */
export async function openRunGroups(tx: Tx, sellerId: string): Promise<string[]> {
  const rows = await tx.query<{ run_group: string }>(
    `SELECT run_group FROM posting.run_group
      WHERE seller_id = $1 AND state NOT IN ('posted', 'discarded', 'held') ORDER BY frozen_at, run_group`,
    [sellerId],
  );
  return rows.map((row) => row.run_group);
}

/** The new holder of the seller's lease takes the open groups over: from here on its token alone writes. */
export async function takeOver(tx: Tx, sellerId: string, fence: bigint): Promise<void> {
  await tx.execute(
    `UPDATE posting.run_group SET fence = $2
      WHERE seller_id = $1 AND fence < $2 AND state NOT IN ('posted', 'discarded', 'held')`,
    [sellerId, fence.toString()],
  );
}

/** Columns a step may set; `…At` ones are set to the database's now. */
export interface GroupChange {
  readonly baselineResultId?: bigint;
  readonly stageIntendedAt?: 'now';
  readonly stageAnswer?: RecordedAnswer | null;
  readonly rowsSeen?: boolean;
  readonly submitIntendedAt?: 'now';
  readonly submitAnswer?: RecordedAnswer | null;
  readonly discardIntendedAt?: 'now';
  readonly discards?: number;
  readonly verdict?: Condemnation;
  readonly look?: RepeatedLook | null;
  readonly unknownTold?: boolean;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly reason?: Reason;
}

const CHANGEABLE: Readonly<Record<keyof GroupChange, { column: string; cast: string }>> = {
  baselineResultId: { column: 'baseline_result_id', cast: 'bigint' },
  stageIntendedAt: { column: 'stage_intended_at', cast: 'now' },
  stageAnswer: { column: 'stage_answer', cast: 'jsonb' },
  rowsSeen: { column: 'rows_seen', cast: 'boolean' },
  submitIntendedAt: { column: 'submit_intended_at', cast: 'now' },
  submitAnswer: { column: 'submit_answer', cast: 'jsonb' },
  discardIntendedAt: { column: 'discard_intended_at', cast: 'now' },
  discards: { column: 'discards', cast: 'int' },
  verdict: { column: 'verdict', cast: 'jsonb' },
  look: { column: 'look', cast: 'jsonb' },
  unknownTold: { column: 'unknown_told', cast: 'boolean' },
  result: { column: 'result', cast: 'jsonb' },
  reason: { column: 'reason', cast: 'jsonb' },
};

/**
 * Writes a group only as the state and the fencing token say: a process that lost its lease changes
 * nothing and is told so by a `conflict`.
 */
async function write(tx: Tx, step: GroupWrite): Promise<void> {
  const { group, fence, to, change } = step;
  const params: unknown[] = [group.runGroup, group.state, fence.toString(), to];
  const sets = ['state = $4'];
  for (const key of Object.keys(change) as (keyof GroupChange)[]) {
    const { column, cast } = CHANGEABLE[key];
    if (cast === 'now') {
      sets.push(`${column} = posting.db_now()`);
      continue;
    }
    params.push(parameter(change[key]));
    sets.push(`${column} = $${params.length}::${cast}`);
  }
  const written = await tx.execute(
    `UPDATE posting.run_group SET ${sets.join(', ')} WHERE run_group = $1 AND state = $2 AND fence = $3`,
    params,
  );
  if (written === 1) return;
  const message = `run group ${group.runGroup} is in other hands now; this process leaves it alone`;
  throw new FailureError(failure('conflict', 'posting.fence-lost', message));
}

interface GroupWrite {
  readonly group: RunGroup;
  readonly fence: bigint;
  readonly to: RunGroupState;
  readonly change: GroupChange;
}

function parameter(value: GroupChange[keyof GroupChange]): unknown {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return value.toString();
  return typeof value === 'object' ? JSON.stringify(value) : value;
}

export async function moveRunGroup(
  tx: Tx,
  step: { group: RunGroup; fence: bigint; to: RunGroupState; change?: GroupChange },
): Promise<void> {
  assertTransition(step.group.state, step.to);
  await write(tx, { ...step, change: step.change ?? {} });
}

/** Changes what is known of a group that stays in its state. */
export async function noteRunGroup(
  tx: Tx,
  step: { group: RunGroup; fence: bigint; change: GroupChange },
): Promise<void> {
  await write(tx, { ...step, to: step.group.state });
}

export function recorded(answer: Verdict | StageAnswer): RecordedAnswer {
  const refused = 'refusedLines' in answer ? [...answer.refusedLines] : [];
  const { status, transactionId, message, retryAfterMs } = answer;
  return {
    class: answer.class,
    status,
    transactionId,
    message,
    retryAfterMs,
    refusedLines: refused,
  };
}
