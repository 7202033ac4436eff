import type { Line, lineEndpoints, Progress } from '@mlc/api';
import { flowProgressSchema, type LineState } from '@mlc/events';
import type { Tx } from '@mlc/postgres';
import type { AnswerOf, CallOf } from '../api/serve.js';
import { readCursor, writeCursor } from '../api/cursor.js';
import { isWaiting, type Standing } from './standing.js';

type Reason = LineState['reason'];
type Query = CallOf<typeof lineEndpoints.listLines>['query'];

export interface LineRow {
  line: string;
  purchase_order_id: string;
  customer_order_id: string;
  line_number: string;
  sku: string;
  state: LineState['state'];
  reason: Reason;
  recognised_on: string | null;
  journals: string[];
  journaled_minor: string;
  held: { reason: string; amountMinor: string }[];
  excluded: { reason: string; amountMinor: string }[];
  standing: Standing;
}

export interface JournalRow {
  journal_id: string;
  state: string;
  run_group: string | null;
  posting_date: string | null;
  result_id: string | null;
  reason: Reason;
}

/** Counts per standing and the newest poll; costs the same however many lines there are. */
export async function readProgress(tx: Tx, sellerId: string): Promise<Progress> {
  const counts = await tx.query<{ standing: Standing; lines: string }>(
    'select standing, lines from tenant.line_count where seller_id = $1',
    [sellerId],
  );
  const [flow] = await tx.query<{ progress: unknown }>(
    `select progress from tenant.flow where seller_id = $1 and flow = 'orders'`,
    [sellerId],
  );
  const byStanding = { posted: 0, held: 0, excluded: 0, pending: 0, shadow: 0 };
  for (const { standing, lines } of counts) byStanding[standing] = Number(lines);
  return {
    lines: Object.values(byStanding).reduce((sum, lines) => sum + lines, 0),
    byStanding,
    poll: flow ? flowProgressSchema.parse(flow.progress) : null,
  };
}

/** A page of lines by line id, each with what became of its journals. */
export async function listLines(
  tx: Tx,
  sellerId: string,
  { standing, cursor, limit }: Query,
): Promise<AnswerOf<typeof lineEndpoints.listLines>> {
  const rows = await tx.query<LineRow>(
    `select line, purchase_order_id, customer_order_id, line_number, sku, state, reason,
            recognised_on::text as recognised_on, journals, journaled_minor::text as journaled_minor,
            held, excluded, standing
       from tenant.line
      where seller_id = $1 and line > $2 ${standing === undefined ? '' : 'and standing = $4'}
      order by line limit $3`,
    [sellerId, readCursor(cursor), limit + 1, ...(standing === undefined ? [] : [standing])],
  );
  const items = rows.slice(0, limit);
  const journals = await tx.query<JournalRow>(
    `select journal_id, state, run_group, posting_date::text as posting_date, result_id, reason
       from tenant.journal where seller_id = $1 and journal_id = any($2::text[])`,
    [sellerId, [...new Set(items.flatMap((item) => item.journals))]],
  );
  const known = new Map(journals.map((journal) => [journal.journal_id, journal]));
  const last = items.at(-1);
  return {
    items: items.map((item) => lineOf(item, known)),
    next: rows.length > limit && last ? writeCursor(last.line) : null,
  };
}

/**
 * A line as finance sees it: what mapping journaled is posted only when the whole line is, and held
 * under the reason of the first journal that waits.
 */
export function lineOf(row: LineRow, known: ReadonlyMap<string, JournalRow>): Line {
  const journals = row.journals.map(
    (journalId): JournalRow =>
      known.get(journalId) ?? {
        journal_id: journalId,
        state: 'emitted',
        run_group: null,
        posting_date: null,
        result_id: null,
        reason: null,
      },
  );
  const waiting = row.state === 'emitted' ? journals.find(({ state }) => isWaiting(state)) : null;
  const heldByPosting = waiting
    ? [{ reason: waiting.reason?.code ?? waiting.state, amountMinor: row.journaled_minor }]
    : [];
  return {
    line: row.line,
    purchaseOrderId: row.purchase_order_id,
    customerOrderId: row.customer_order_id,
    lineNumber: row.line_number,
    sku: row.sku,
    standing: row.standing,
    reason: waiting?.reason ?? row.reason,
    date: row.recognised_on,
    postedMinor: row.standing === 'posted' ? row.journaled_minor : '0',
    held: [...row.held, ...heldByPosting],
    excluded: row.excluded,
    journals: journals.map((journal) => ({
      journalId: journal.journal_id,
      state: journal.state,
      runGroup: journal.run_group,
      postingDate: journal.posting_date,
      resultId: journal.result_id,
    })),
  };
}
