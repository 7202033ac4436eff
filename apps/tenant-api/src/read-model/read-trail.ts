import { type SealedRecord, readTrail } from '@mlc/audit';
import type { lineEndpoints } from '@mlc/api';
import type { AuditRecord } from '@mlc/events';
import type { Tx } from '@mlc/postgres';
import type { AnswerOf } from '../api/serve.js';

type Trail = AnswerOf<typeof lineEndpoints.auditTrail>;
type Entry = Pick<SealedRecord, 'position' | 'correlationId' | 'record' | 'hash'>;

/** Entries of run groups beside those that name the order. */
const MAX_GROUP_ENTRIES = 1_000;

/**
 * Every step recorded of an order (purchase order id, or customer order id for all of its purchase
 * orders), and every step of the run groups it went in; in the order of the seller's chain.
 */
export async function readOrderTrail(tx: Tx, sellerId: string, orderId: string): Promise<Trail> {
  const purchaseOrders = await tx.query<{ purchase_order_id: string }>(
    `select distinct purchase_order_id from tenant.line
      where seller_id = $1 and customer_order_id = $2 order by 1`,
    [sellerId, orderId],
  );
  const orders = new Set([orderId, ...purchaseOrders.map((row) => row.purchase_order_id)]);
  const found = new Map<bigint, Entry>();
  for (const order of orders) {
    for (const entry of await readTrail(tx, { seller: sellerId, order })) {
      found.set(entry.position, entry);
    }
  }
  const runGroups = new Set(
    [...found.values()].flatMap(({ record }) =>
      record.runGroup === null ? [] : [record.runGroup],
    ),
  );
  for (const entry of await entriesOf(tx, sellerId, [...runGroups])) {
    found.set(entry.position, entry);
  }
  const entries = [...found.values()].sort((one, other) =>
    one.position < other.position ? -1 : 1,
  );
  return {
    orderId,
    entries: entries.map(({ position, correlationId, record, hash }) => ({
      ...record,
      correlationId,
      chainIndex: Number(position),
      chainHash: hash,
    })),
  };
}

async function entriesOf(tx: Tx, sellerId: string, runGroups: readonly string[]): Promise<Entry[]> {
  if (runGroups.length === 0) return [];
  const rows = await tx.query<{
    position: string;
    correlation_id: string;
    record: AuditRecord;
    hash: string;
  }>(
    `select position, correlation_id, record, hash from tenant.audit_trail
      where seller_id = $1 and record ->> 'runGroup' = any($2::text[])
      order by position limit ${MAX_GROUP_ENTRIES}`,
    [sellerId, runGroups],
  );
  return rows.map((row) => ({
    position: BigInt(row.position),
    correlationId: row.correlation_id,
    record: row.record,
    hash: row.hash,
  }));
}
