import type { AuditRecord, Envelope } from '@mlc/events';
import { schemaRoles, sellerTable, type Tx } from '@mlc/postgres';
import { type ChainHead, extendChain, FIRST_HASH, type SealedRecord } from './chain.js';

/** Records of one order; an order has tens. */
const MAX_TRAIL = 10_000;

/** SQL of `audit_trail`, `audit_trail_order` and `audit_head`, for the schema of the one sealer. */
export function auditTrailTables(schema: string): string[] {
  const { app } = schemaRoles(schema);
  return [
    `CREATE TABLE ${schema}.audit_trail (
       seller_id text NOT NULL,
       position bigint NOT NULL,
       record_id text NOT NULL,
       correlation_id text NOT NULL,
       record jsonb NOT NULL,
       previous_hash text NOT NULL,
       hash text NOT NULL,
       PRIMARY KEY (seller_id, position),
       UNIQUE (seller_id, record_id)
     )`,
    `CREATE TABLE ${schema}.audit_trail_order (
       seller_id text NOT NULL,
       purchase_order_id text NOT NULL,
       position bigint NOT NULL,
       PRIMARY KEY (seller_id, purchase_order_id, position)
     )`,
    `CREATE TABLE ${schema}.audit_head (
       seller_id text PRIMARY KEY,
       position bigint NOT NULL,
       hash text NOT NULL
     ) WITH (fillfactor = 50)`,
    ...['audit_trail', 'audit_trail_order'].flatMap((table) => [
      `REVOKE ALL ON ${schema}.${table} FROM ${app}`,
      `GRANT SELECT, INSERT ON ${schema}.${table} TO ${app}`,
      ...sellerTable(schema, table),
    ]),
    ...sellerTable(schema, 'audit_head'),
  ];
}

/**
 * Adds the records the trail does not have yet to their sellers' chains, in the order of the log, in
 * the caller's transaction; returns how many. Sealing again adds nothing.
 */
export async function sealBatch(tx: Tx, events: readonly Envelope<AuditRecord>[]): Promise<number> {
  if (events.length === 0) return 0;
  const bySeller = Map.groupBy(events, (event) => event.seller);
  const heads = await lockHeads(tx, [...bySeller.keys()].sort());
  const known = await knownRecords(tx, events);
  const sealed: SealedRecord[] = [];
  for (const [seller, all] of bySeller) {
    const fresh = all.flatMap(({ correlationId, payload: record }) => {
      const key = `${seller}/${record.recordId}`;
      if (known.has(key)) return [];
      known.add(key);
      return [{ correlationId, record }];
    });
    sealed.push(...extendChain(seller, heads.get(seller) ?? EMPTY, fresh));
  }
  if (sealed.length > 0) await store(tx, sealed);
  return sealed.length;
}

/** The sealed records about one purchase order, oldest first. */
export async function readTrail(
  tx: Tx,
  of: { readonly seller: string; readonly order: string },
): Promise<SealedRecord[]> {
  const rows = await tx.query<TrailRow>(
    `SELECT t.position, t.correlation_id, t.record, t.previous_hash, t.hash
       FROM ${tx.schema}.audit_trail_order o
       JOIN ${tx.schema}.audit_trail t ON t.seller_id = o.seller_id AND t.position = o.position
      WHERE o.seller_id = $1 AND o.purchase_order_id = $2
      ORDER BY t.position LIMIT ${MAX_TRAIL}`,
    [of.seller, of.order],
  );
  return rows.map((row) => sealedOf(of.seller, row));
}

/** A stretch of a seller's chain from after `position` on, for checking it with `firstBreak`. */
export async function readChain(
  tx: Tx,
  of: { readonly seller: string; readonly after: bigint; readonly limit: number },
): Promise<SealedRecord[]> {
  const rows = await tx.query<TrailRow>(
    `SELECT position, correlation_id, record, previous_hash, hash FROM ${tx.schema}.audit_trail
      WHERE seller_id = $1 AND position > $2 ORDER BY position LIMIT $3`,
    [of.seller, of.after.toString(), of.limit],
  );
  return rows.map((row) => sealedOf(of.seller, row));
}

interface TrailRow {
  position: string;
  correlation_id: string;
  record: AuditRecord;
  previous_hash: string;
  hash: string;
}

const EMPTY: ChainHead = { position: 0n, hash: FIRST_HASH };

function sealedOf(seller: string, row: TrailRow): SealedRecord {
  return {
    seller,
    position: BigInt(row.position),
    correlationId: row.correlation_id,
    record: row.record,
    previousHash: row.previous_hash,
    hash: row.hash,
  };
}

/** One sealer at a time for a seller: the head's row is locked until the transaction ends. */
async function lockHeads(tx: Tx, sellers: readonly string[]): Promise<Map<string, ChainHead>> {
  await tx.execute(
    `INSERT INTO ${tx.schema}.audit_head (seller_id, position, hash)
     SELECT seller, 0, $2 FROM unnest($1::text[]) AS seller ON CONFLICT DO NOTHING`,
    [sellers, FIRST_HASH],
  );
  const rows = await tx.query<{ seller_id: string; position: string; hash: string }>(
    `SELECT seller_id, position, hash FROM ${tx.schema}.audit_head
      WHERE seller_id = ANY($1::text[]) ORDER BY seller_id FOR UPDATE`,
    [sellers],
  );
  return new Map(
    rows.map((row) => [row.seller_id, { position: BigInt(row.position), hash: row.hash }]),
  );
}

async function knownRecords(
  tx: Tx,
  events: readonly Envelope<AuditRecord>[],
): Promise<Set<string>> {
  const rows = await tx.query<{ seller_id: string; record_id: string }>(
    `SELECT t.seller_id, t.record_id
       FROM unnest($1::text[], $2::text[]) AS e (seller_id, record_id)
       JOIN ${tx.schema}.audit_trail t USING (seller_id, record_id)`,
    [events.map((event) => event.seller), events.map((event) => event.payload.recordId)],
  );
  return new Set(rows.map((row) => `${row.seller_id}/${row.record_id}`));
}

async function store(tx: Tx, sealed: readonly SealedRecord[]): Promise<void> {
  await tx.execute(
    `INSERT INTO ${tx.schema}.audit_trail
       (seller_id, position, record_id, correlation_id, record, previous_hash, hash)
     SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::jsonb[], $6::text[], $7::text[])`,
    [
      sealed.map((one) => one.seller),
      sealed.map((one) => one.position.toString()),
      sealed.map((one) => one.record.recordId),
      sealed.map((one) => one.correlationId),
      sealed.map((one) => JSON.stringify(one.record)),
      sealed.map((one) => one.previousHash),
      sealed.map((one) => one.hash),
    ],
  );
  const links = sealed.flatMap((one) =>
    [...new Set(one.record.orders)].map((order) => ({
      seller: one.seller,
      order,
      at: one.position,
    })),
  );
  if (links.length > 0) {
    await tx.execute(
      `INSERT INTO ${tx.schema}.audit_trail_order (seller_id, purchase_order_id, position)
       SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])`,
      [
        links.map((link) => link.seller),
        links.map((link) => link.order),
        links.map((link) => link.at.toString()),
      ],
    );
  }
  const heads = [...new Map(sealed.map((one) => [one.seller, one])).values()];
  await tx.execute(
    `UPDATE ${tx.schema}.audit_head h SET position = n.position, hash = n.hash
       FROM unnest($1::text[], $2::bigint[], $3::text[]) AS n (seller_id, position, hash)
      WHERE h.seller_id = n.seller_id`,
    [
      heads.map((head) => head.seller),
      heads.map((head) => head.position.toString()),
      heads.map((head) => head.hash),
    ],
  );
}
