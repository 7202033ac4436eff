import type { Envelope, LineState, LineStates } from '@mlc/events';
import type { Tx } from '@mlc/postgres';
import { journalStates } from './journal-states.js';
import { lockReadModel } from './lock.js';
import { newestOf, slicesOf } from './newest.js';
import { standingOf } from './standing.js';

interface SellersLine {
  readonly seller: string;
  readonly line: LineState;
}

/** Takes in what mapping says of lines: of each the highest version, once, whatever comes how often. */
export async function projectLines(tx: Tx, events: readonly Envelope<LineStates>[]): Promise<void> {
  const all = events.flatMap(({ seller, payload }) =>
    payload.lines.map((line): SellersLine => ({ seller, line })),
  );
  const lines = newestOf(
    all,
    ({ seller, line }) => `${seller} ${line.line}`,
    ({ line }) => line.version,
  );
  await lockReadModel(
    tx,
    events.map(({ seller }) => seller),
    'change',
  );
  for (const slice of slicesOf(lines)) await store(tx, slice);
}

async function store(tx: Tx, lines: readonly SellersLine[]): Promise<void> {
  const links = lines.flatMap(({ seller, line }) =>
    line.journals.map((journal) => ({ seller, journal, line: line.line })),
  );
  const stateOf = await journalStates(tx, links);
  const rows = lines.map(({ seller, line }) => ({
    seller_id: seller,
    line: line.line,
    purchase_order_id: line.purchaseOrderId,
    customer_order_id: line.customerOrderId,
    line_number: line.lineNumber,
    sku: line.sku,
    version: line.version,
    state: line.state,
    reason: line.reason,
    recognised_on: line.date,
    journals: line.journals,
    journaled_minor: line.journaledMinor,
    held: line.held,
    excluded: line.excluded,
    bookings: line.bookings,
    standing: standingOf(
      line.state,
      line.journals.map((journal) => stateOf(seller, journal)),
    ),
  }));
  await tx.execute(UPSERT, [JSON.stringify(rows)]);
  if (links.length === 0) return;
  await tx.execute(
    `insert into tenant.line_journal (seller_id, journal_id, line)
     select * from unnest($1::text[], $2::text[], $3::text[]) on conflict do nothing`,
    [
      links.map(({ seller }) => seller),
      links.map(({ journal }) => journal),
      links.map(({ line }) => line),
    ],
  );
}

const COLUMNS = `purchase_order_id, customer_order_id, line_number, sku, version, state, reason,
  recognised_on, journals, journaled_minor, held, excluded, bookings, standing`;

const UPSERT = `insert into tenant.line as known (seller_id, line, ${COLUMNS})
  select seller_id, line, ${COLUMNS}
    from jsonb_to_recordset($1::jsonb) as r (
      seller_id text, line text, purchase_order_id text, customer_order_id text, line_number text,
      sku text, version integer, state text, reason jsonb, recognised_on date, journals jsonb,
      journaled_minor numeric, held jsonb, excluded jsonb, bookings jsonb, standing text)
  on conflict (seller_id, line) do update
    set (${COLUMNS}) = (${COLUMNS.replace(/[a-z_]+/g, 'excluded.$&')})
  where known.version < excluded.version`;
