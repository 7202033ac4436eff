import { hash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { type AuditEntry, recordAudit } from '@mlc/audit';
import { draft, type OrderSnapshot, orderSnapshotRecorded, type Seller } from '@mlc/events';
import { type EpochMs, isoInstant, uuidOf } from '@mlc/kernel';
import { appendToOutbox } from '@mlc/messaging';
import type { Tx } from '@mlc/postgres';
import { type OrderFacts, statusRank } from '@mlc/walmart';
import type { ProductTypes } from './items.js';

/** One order as read, before it is known whether that is news. */
export interface ReadOrder {
  readonly facts: OrderFacts;
  /** null when an item was learned and the order itself was not read again. */
  readonly body: string | null;
  readonly listHash: string;
  readonly shipNodeType: string;
  readonly startedAt: EpochMs;
}

export interface ReadBatch {
  readonly seller: Seller;
  readonly reads: readonly ReadOrder[];
  readonly types: ProductTypes;
  readonly recordedAt: EpochMs;
}

export interface Head {
  readonly purchaseOrderId: string;
  readonly correlationId: string;
  readonly shipNodeType: string;
  readonly listHash: string;
  readonly snapshotVersion: number;
  readonly snapshotHash: string;
  readonly statusRank: number;
  readonly firstSeenAt: EpochMs;
  readonly readStartedAt: EpochMs;
}

export interface Recorded {
  readonly snapshots: number;
  readonly lines: number;
}

/** Bodies are a few kilobytes: a small window saves most of zlib's set-up. */
const DEFLATE = { level: 1, windowBits: 12, memLevel: 6, chunkSize: 4_096 };
const HEAD_COLUMNS = `purchase_order_id as "purchaseOrderId", correlation_id as "correlationId",
  ship_node_type as "shipNodeType", list_hash as "listHash", snapshot_version as "snapshotVersion",
  snapshot_hash as "snapshotHash", status_rank as "statusRank",
  (extract(epoch from first_seen_at) * 1000)::float8 as "firstSeenAt",
  (extract(epoch from read_started_at) * 1000)::float8 as "readStartedAt"`;

export async function readHeads(
  tx: Tx,
  sellerId: string,
  purchaseOrderIds: readonly string[],
  lock: 'lock' | 'look' = 'look',
): Promise<ReadonlyMap<string, Head>> {
  const rows = await tx.query<Head>(
    `select ${HEAD_COLUMNS} from ingestion.purchase_order
      where seller_id = $1 and purchase_order_id = any($2::text[])
      order by purchase_order_id ${lock === 'lock' ? 'for update' : ''}`,
    [sellerId, purchaseOrderIds],
  );
  return new Map(rows.map((row) => [row.purchaseOrderId, row]));
}

export type Decision = 'first' | 'changed' | 'same' | 'stale';

/**
 * Whether a read is news. One that began before the stored one began is dropped unless its statuses
 * have come further.
 */
export function decide(
  head: Pick<Head, 'snapshotHash' | 'statusRank' | 'readStartedAt'> | undefined,
  read: { readonly hash: string; readonly rank: number; readonly startedAt: EpochMs },
): Decision {
  if (!head) return 'first';
  if (read.startedAt < head.readStartedAt && read.rank <= head.statusRank) return 'stale';
  return read.hash === head.snapshotHash ? 'same' : 'changed';
}

interface Entry {
  readonly head: Head;
  readonly unknownSkus: readonly string[];
  /** null: nothing new is stored, only that it was read. */
  readonly snapshot: OrderSnapshot | null;
  readonly body: Buffer | null;
}

type SnapshotFacts = Omit<
  OrderSnapshot,
  'walmartSellerId' | 'snapshotVersion' | 'firstSeenAt' | 'readAt'
>;

type Charge = OrderSnapshot['lines'][number]['charges'][number];
type Money = Charge['charge'];

function orderedMoney({ currency, amount }: Money): Money {
  return { currency, amount };
}

function orderedCharge({ chargeType, chargeName, charge, tax }: Charge): Charge {
  return {
    chargeType,
    chargeName,
    charge: orderedMoney(charge),
    tax: tax === null ? null : orderedMoney(tax),
  };
}

function withItems(read: ReadOrder, shipNodeType: string, types: ProductTypes): SnapshotFacts {
  const { facts } = read;
  // Every member by name: the snapshot's hash must not depend on where the facts came from.
  return {
    purchaseOrderId: facts.purchaseOrderId,
    customerOrderId: facts.customerOrderId,
    orderType: facts.orderType,
    orderedAt: facts.orderedAt,
    shipNodeType,
    shipNodeId: facts.shipNodeId,
    shipToState: facts.shipToState,
    lines: facts.lines.map((line) => ({
      lineNumber: line.lineNumber,
      sku: line.sku,
      productType: types.get(line.sku) ?? null,
      quantity: line.quantity,
      statuses: line.statuses.map(({ status, quantity }) => ({ status, quantity })),
      statusAt: line.statusAt,
      charges: line.charges.map(orderedCharge),
      refunds: line.refunds.map(orderedCharge),
      returnOrderId: line.returnOrderId,
    })),
  };
}

function entryOf(
  seller: Seller,
  read: ReadOrder,
  known: Head | undefined,
  types: ProductTypes,
): Entry | null {
  const purchaseOrderId = read.facts.purchaseOrderId;
  // The query that first returned the order says how it is fulfilled.
  const shipNodeType = known?.shipNodeType ?? read.shipNodeType;
  const facts = withItems(read, shipNodeType, types);
  const snapshotHash = hash('sha256', JSON.stringify(facts), 'hex');
  const rank = statusRank(facts.lines);
  const decision = decide(known, { hash: snapshotHash, rank, startedAt: read.startedAt });
  if (decision === 'stale') return null;
  const isNews = decision !== 'same';
  const head: Head = {
    purchaseOrderId,
    correlationId:
      known?.correlationId ??
      uuidOf('order', seller.market, seller.walmartSellerId, purchaseOrderId),
    shipNodeType,
    listHash: read.listHash,
    snapshotVersion: (known?.snapshotVersion ?? 0) + (isNews ? 1 : 0),
    snapshotHash,
    statusRank: rank,
    firstSeenAt: known?.firstSeenAt ?? read.startedAt,
    readStartedAt: Math.max(read.startedAt, known?.readStartedAt ?? 0),
  };
  const unknownSkus = facts.lines
    .filter((line) => line.productType === null)
    .map((line) => line.sku);
  if (!isNews) return { head, unknownSkus, snapshot: null, body: null };
  const snapshot: OrderSnapshot = {
    walmartSellerId: seller.walmartSellerId,
    ...facts,
    snapshotVersion: head.snapshotVersion,
    firstSeenAt: isoInstant(head.firstSeenAt),
    readAt: isoInstant(read.startedAt),
  };
  const body = read.body === null ? null : deflateSync(read.body, DEFLATE);
  return { head, unknownSkus, snapshot, body };
}

/**
 * Stores what is news among the reads: heads, snapshots, events and audit records, one statement each,
 * in the caller's transaction. The caller holds the seller's poll lease.
 */
export async function recordOrders(tx: Tx, batch: ReadBatch): Promise<Recorded> {
  const { seller, reads, types } = batch;
  if (reads.length === 0) return { snapshots: 0, lines: 0 };
  const ids = reads.map((read) => read.facts.purchaseOrderId);
  const heads = await readHeads(tx, seller.sellerId, ids, 'lock');
  const entries: Entry[] = [];
  for (const read of reads) {
    const entry = entryOf(seller, read, heads.get(read.facts.purchaseOrderId), types);
    if (entry) entries.push(entry);
  }
  await writeHeads(tx, seller.sellerId, entries);
  const news = entries.filter((entry) => entry.snapshot !== null);
  if (news.length > 0) await writeSnapshots(tx, batch, news);
  return {
    snapshots: news.length,
    lines: news.reduce((sum, entry) => sum + (entry.snapshot?.lines.length ?? 0), 0),
  };
}

async function writeHeads(tx: Tx, sellerId: string, entries: readonly Entry[]): Promise<void> {
  if (entries.length === 0) return;
  const heads = entries.map((entry) => entry.head);
  await tx.execute(
    `insert into ingestion.purchase_order (seller_id, purchase_order_id, correlation_id, ship_node_type,
       list_hash, snapshot_version, snapshot_hash, status_rank, first_seen_at, read_started_at, unknown_skus)
     select $1, id, correlation, node, list_hash, version, snapshot_hash, rank, first_seen, started,
            array(select jsonb_array_elements_text(skus::jsonb))
       from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::text[], $8::int[],
                   $9::timestamptz[], $10::timestamptz[], $11::text[])
         as head (id, correlation, node, list_hash, version, snapshot_hash, rank, first_seen, started, skus)
     on conflict (seller_id, purchase_order_id) do update
       set list_hash = excluded.list_hash, snapshot_version = excluded.snapshot_version,
           snapshot_hash = excluded.snapshot_hash, status_rank = excluded.status_rank,
           read_started_at = excluded.read_started_at, unknown_skus = excluded.unknown_skus`,
    [
      sellerId,
      heads.map((head) => head.purchaseOrderId),
      heads.map((head) => head.correlationId),
      heads.map((head) => head.shipNodeType),
      heads.map((head) => head.listHash),
      heads.map((head) => head.snapshotVersion),
      heads.map((head) => head.snapshotHash),
      heads.map((head) => head.statusRank),
      heads.map((head) => isoInstant(head.firstSeenAt)),
      heads.map((head) => isoInstant(head.readStartedAt)),
      entries.map((entry) => JSON.stringify(entry.unknownSkus)),
    ],
  );
}

async function writeSnapshots(tx: Tx, batch: ReadBatch, news: readonly Entry[]): Promise<void> {
  const { seller, recordedAt } = batch;
  // The key makes a version that somebody else stored meanwhile fail the whole page.
  await tx.execute(
    `insert into ingestion.order_snapshot
       (seller_id, purchase_order_id, snapshot_version, snapshot, body, read_at)
     select $1, id, version, snapshot::jsonb, body, read_at
       from unnest($2::text[], $3::int[], $4::text[], $5::bytea[], $6::timestamptz[])
         as news (id, version, snapshot, body, read_at)`,
    [
      seller.sellerId,
      news.map((entry) => entry.head.purchaseOrderId),
      news.map((entry) => entry.head.snapshotVersion),
      news.map((entry) => JSON.stringify(entry.snapshot)),
      news.map((entry) => entry.body),
      news.map((entry) => entry.snapshot?.readAt),
    ],
  );
  const drafts = [];
  const audit: AuditEntry[] = [];
  for (const { head, snapshot } of news) {
    if (!snapshot) continue;
    const identity = [seller.sellerId, head.purchaseOrderId, String(head.snapshotVersion)];
    drafts.push(
      draft(orderSnapshotRecorded, {
        seller: seller.sellerId,
        market: seller.market,
        occurredAt: recordedAt,
        correlationId: head.correlationId,
        identity,
        payload: snapshot,
      }),
    );
    audit.push(auditOf(batch, head, snapshot, identity));
  }
  await appendToOutbox(tx, 'ingestion', drafts);
  await recordAudit(tx, 'ingestion', audit);
}

function auditOf(
  { seller, recordedAt }: ReadBatch,
  head: Head,
  snapshot: OrderSnapshot,
  identity: readonly string[],
): AuditEntry {
  return {
    seller: seller.sellerId,
    market: seller.market,
    correlationId: head.correlationId,
    record: {
      recordId: uuidOf('order-snapshot-recorded', ...identity),
      at: isoInstant(recordedAt),
      service: 'ingestion',
      action: 'order-snapshot-recorded',
      actor: 'system',
      orders: [head.purchaseOrderId],
      runGroup: null,
      journals: [],
      data: {
        snapshotVersion: head.snapshotVersion,
        snapshotHash: head.snapshotHash,
        customerOrderId: snapshot.customerOrderId,
        shipNodeType: snapshot.shipNodeType,
        readAt: snapshot.readAt,
        lines: snapshot.lines.length,
      },
    },
  };
}

/** Orders whose stored snapshot waits for an item learned since, as reads of the stored facts. */
export async function ordersAwaiting(
  tx: Tx,
  sellerId: string,
  learned: ProductTypes,
  limit: number,
): Promise<{ readonly reads: readonly ReadOrder[]; readonly types: ProductTypes }> {
  const rows = await tx.query<Head & { snapshot: OrderSnapshot }>(
    `select ${HEAD_COLUMNS}, snapshot
       from ingestion.purchase_order
       join ingestion.order_snapshot using (seller_id, purchase_order_id, snapshot_version)
      where seller_id = $1 and unknown_skus <> '{}' and unknown_skus && $2::text[]
      order by purchase_order_id limit $3`,
    [sellerId, [...learned.keys()], limit],
  );
  const types = new Map<string, string | null>();
  for (const { snapshot } of rows) {
    for (const line of snapshot.lines) types.set(line.sku, line.productType);
  }
  for (const [sku, type] of learned) types.set(sku, type);
  return { reads: rows.map(storedRead), types };
}

function storedRead(row: Head & { readonly snapshot: OrderSnapshot }): ReadOrder {
  const { purchaseOrderId, customerOrderId, orderType, orderedAt, shipNodeId, shipToState, lines } =
    row.snapshot;
  return {
    facts: {
      purchaseOrderId,
      customerOrderId,
      orderType,
      orderedAt,
      shipNodeId,
      shipToState,
      lines,
    },
    body: null,
    listHash: row.listHash,
    shipNodeType: row.shipNodeType,
    startedAt: row.readStartedAt,
  };
}
