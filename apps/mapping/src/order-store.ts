import type { OrderSnapshot } from '@mlc/events';
import { keyOf } from '@mlc/kernel';
import type { LineStanding, Pin } from '@mlc/mapping-rules';
import type { Tx } from '@mlc/postgres';
import { SCHEMA } from './names.js';
import { readEntries, type StoredEntry } from './stored-json.js';

/** A purchase order to compute; its row in `order_book` is locked by the running transaction. */
export interface LockedOrder {
  readonly seller: string;
  readonly purchaseOrderId: string;
  readonly newestVersion: number;
  readonly correlationId: string;
  /** The message or command that led to the computation. */
  readonly causationId: string | null;
  /** Facts by snapshot version, as far as they are in memory. */
  readonly facts: Map<number, OrderSnapshot>;
}

/** A line as it was stored last. */
export interface StoredLine {
  readonly standing: LineStanding;
  readonly stateVersion: number;
  /** Text of the stored state; equal texts are the same state. */
  readonly state: string;
}

export interface ArrivedSnapshot {
  readonly seller: string;
  readonly correlationId: string;
  readonly causationId: string;
  readonly snapshot: OrderSnapshot;
}

interface BookRow {
  readonly seller_id: string;
  readonly purchase_order_id: string;
  readonly newest_version: number;
  readonly correlation_id: string;
}

export function orderKey(seller: string, purchaseOrderId: string): string {
  return keyOf(seller, purchaseOrderId);
}

/**
 * B6: stores facts by version, whatever their order and number, and locks their orders, always in the
 * order of (seller, purchase order).
 */
export async function storeSnapshots(
  tx: Tx,
  arrived: readonly ArrivedSnapshot[],
): Promise<LockedOrder[]> {
  const orders = [...Map.groupBy(arrived, keyOfArrived)]
    .map(([key, some]) => ({ key, newest: some.reduce(newer), some }))
    .sort((a, b) => bySellerAndOrder(a.newest, b.newest));
  const books = await tx.query<BookRow>(
    `INSERT INTO ${SCHEMA}.order_book AS book
       (seller_id, purchase_order_id, newest_version, correlation_id)
     SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::text[])
     ON CONFLICT (seller_id, purchase_order_id) DO UPDATE
       SET newest_version = greatest(book.newest_version, excluded.newest_version)
     RETURNING seller_id, purchase_order_id, newest_version, correlation_id`,
    [
      orders.map(({ newest }) => newest.seller),
      orders.map(({ newest }) => newest.snapshot.purchaseOrderId),
      orders.map(({ newest }) => newest.snapshot.snapshotVersion),
      orders.map(({ newest }) => newest.correlationId),
    ],
  );
  const byOrder = new Map(orders.map((order) => [order.key, order]));
  const locked = books.map((book) => {
    const order = byOrder.get(orderKey(book.seller_id, book.purchase_order_id));
    const facts = new Map<number, OrderSnapshot>();
    for (const { snapshot } of order?.some ?? []) facts.set(snapshot.snapshotVersion, snapshot);
    return lockedOrder(book, facts, order?.newest.causationId ?? null);
  });
  const stored = locked.flatMap(({ seller, facts }) =>
    [...facts.values()].map((snapshot) => ({ seller, snapshot })),
  );
  await tx.execute(
    `INSERT INTO ${SCHEMA}.order_snapshot (seller_id, purchase_order_id, snapshot_version, payload)
     SELECT s, o, v, p::json FROM unnest($1::text[], $2::text[], $3::int[], $4::text[]) AS w (s, o, v, p)
     ON CONFLICT DO NOTHING`,
    [
      stored.map(({ seller }) => seller),
      stored.map(({ snapshot }) => snapshot.purchaseOrderId),
      stored.map(({ snapshot }) => snapshot.snapshotVersion),
      stored.map(({ snapshot }) => JSON.stringify(snapshot)),
    ],
  );
  return locked;
}

function keyOfArrived({ seller, snapshot }: ArrivedSnapshot): string {
  return orderKey(seller, snapshot.purchaseOrderId);
}

function bySellerAndOrder(a: ArrivedSnapshot, b: ArrivedSnapshot): number {
  if (a.seller !== b.seller) return a.seller < b.seller ? -1 : 1;
  return a.snapshot.purchaseOrderId < b.snapshot.purchaseOrderId ? -1 : 1;
}

function newer(a: ArrivedSnapshot, b: ArrivedSnapshot): ArrivedSnapshot {
  return b.snapshot.snapshotVersion > a.snapshot.snapshotVersion ? b : a;
}

function lockedOrder(
  book: BookRow,
  facts: Map<number, OrderSnapshot>,
  causationId: string | null,
): LockedOrder {
  return {
    seller: book.seller_id,
    purchaseOrderId: book.purchase_order_id,
    newestVersion: book.newest_version,
    correlationId: book.correlation_id,
    causationId,
    facts,
  };
}

/** Locks the seller's next stored orders after `after`, in the order of their ids. */
export async function lockOrdersAfter(
  tx: Tx,
  from: { readonly seller: string; readonly after: string; readonly limit: number },
): Promise<LockedOrder[]> {
  const books = await tx.query<BookRow>(
    `SELECT seller_id, purchase_order_id, newest_version, correlation_id FROM ${SCHEMA}.order_book
      WHERE seller_id = $1 AND purchase_order_id > $2
      ORDER BY purchase_order_id LIMIT $3 FOR UPDATE`,
    [from.seller, from.after, from.limit],
  );
  return books.map((book) => lockedOrder(book, new Map(), null));
}

/** Locks named orders. */
export async function lockOrders(
  tx: Tx,
  refs: readonly { readonly seller: string; readonly purchaseOrderId: string }[],
  causationId: string | null,
): Promise<LockedOrder[]> {
  const books = await tx.query<BookRow>(
    `SELECT b.* FROM ${SCHEMA}.order_book b
       JOIN (SELECT DISTINCT * FROM unnest($1::text[], $2::text[])) AS wanted (seller_id, purchase_order_id)
         USING (seller_id, purchase_order_id)
      ORDER BY seller_id, purchase_order_id FOR UPDATE OF b`,
    [refs.map(({ seller }) => seller), refs.map(({ purchaseOrderId }) => purchaseOrderId)],
  );
  return books.map((book) => lockedOrder(book, new Map(), causationId));
}

interface LineRow {
  readonly seller_id: string;
  readonly purchase_order_id: string;
  readonly line_number: string;
  readonly revision: number;
  readonly position: readonly StoredEntry[];
  readonly pin: Pin | null;
  readonly journals: string[];
  readonly state_version: number;
  readonly state: string;
}

/** Stored lines by order key and line number. */
export async function loadLines(
  tx: Tx,
  orders: readonly LockedOrder[],
  nameOf: (row: { seller: string; purchaseOrderId: string; lineNumber: string }) => string,
): Promise<Map<string, Map<string, StoredLine>>> {
  const rows = await tx.query<LineRow>(
    `SELECT seller_id, purchase_order_id, line_number, revision, position, pin, journals,
            state_version, state::text AS state
       FROM ${SCHEMA}.order_line
       JOIN unnest($1::text[], $2::text[]) AS wanted (seller_id, purchase_order_id)
         USING (seller_id, purchase_order_id)`,
    [orders.map(({ seller }) => seller), orders.map(({ purchaseOrderId }) => purchaseOrderId)],
  );
  const lines = new Map<string, Map<string, StoredLine>>();
  for (const row of rows) {
    const key = orderKey(row.seller_id, row.purchase_order_id);
    const own = lines.get(key) ?? new Map<string, StoredLine>();
    lines.set(key, own);
    const line = nameOf({
      seller: row.seller_id,
      purchaseOrderId: row.purchase_order_id,
      lineNumber: row.line_number,
    });
    own.set(row.line_number, {
      standing: {
        line,
        revision: row.revision,
        entries: readEntries(row.position),
        pin: row.pin,
        journals: row.journals,
      },
      stateVersion: row.state_version,
      state: row.state,
    });
  }
  return lines;
}

/** Adds to each order's facts the newest snapshot and those that its pins name. */
export async function loadFacts(
  tx: Tx,
  orders: readonly LockedOrder[],
  lines: ReadonlyMap<string, ReadonlyMap<string, StoredLine>>,
): Promise<void> {
  const missing: { readonly order: LockedOrder; readonly version: number }[] = [];
  for (const order of orders) {
    const wanted = new Set([order.newestVersion]);
    const own = lines.get(orderKey(order.seller, order.purchaseOrderId));
    for (const { standing } of own?.values() ?? []) {
      if (standing.pin) wanted.add(standing.pin.factsVersion);
    }
    for (const version of wanted) if (!order.facts.has(version)) missing.push({ order, version });
  }
  if (missing.length === 0) return;
  const rows = await tx.query<{ place: string; payload: OrderSnapshot }>(
    `SELECT place, payload FROM ${SCHEMA}.order_snapshot
       JOIN unnest($1::text[], $2::text[], $3::int[]) WITH ORDINALITY
            AS wanted (seller_id, purchase_order_id, snapshot_version, place)
         USING (seller_id, purchase_order_id, snapshot_version)`,
    [
      missing.map(({ order }) => order.seller),
      missing.map(({ order }) => order.purchaseOrderId),
      missing.map(({ version }) => version),
    ],
  );
  for (const { place, payload } of rows) {
    missing[Number(place) - 1]?.order.facts.set(payload.snapshotVersion, payload);
  }
}
