import { inflateSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  auditRecorded,
  flowProgressed,
  type OrderSnapshot,
  orderSnapshotRecorded,
  type Seller,
} from '@mlc/events';
import { err, failure, isoInstant, ok, type Result, systemClock } from '@mlc/kernel';
import {
  acquireLease,
  type Database,
  openDatabase,
  runMigrations,
  schemaRoles,
} from '@mlc/postgres';
import { freshDatabase, type FreshDatabase } from '@mlc/testing';
import type { ItemRead, OrderRead, WalmartClient } from '@mlc/walmart';
import pg from 'pg';
import { type PollReport, pollSeller } from './poll.js';
import { recordOrders } from './recording.js';
import { ingestionSchema } from './schema.js';
import { upsertSellers } from './seller-registry.js';

const clock = systemClock();
const passwords = { app: 'app', system: 'system' };
const seller: Seller = {
  sellerId: 'seller-a',
  version: 1,
  name: 'Harbour Goods',
  market: 'US',
  walmartSellerId: '10001',
  ledger: { tenant: 'ACME_TRN', enterpriseGroup: 'G1', accountingEntity: 'E100' },
  currency: 'USD',
  accountingZone: 'America/Chicago',
  goLiveDate: '2026-01-01',
  state: 'live',
  recognition: 'placed',
  closedPeriod: 'held',
  traceField: 'UniqueID',
  polling: { everyMs: 60_000, paused: false },
  ruleSetVersion: 1,
  approvedBy: 'Ada',
};

interface Shop {
  listHash: string;
  order: OrderRead | { failure: string };
}

let fresh: FreshDatabase;
let db: Database;
let admin: pg.Client;
/** Walmart as the connector presents it: what is listed, what a read answers. */
let shop: Map<string, Shop>;
let itemTypes: Map<string, string>;
let pageSize: number;
let asked: string[];
let failPageAfter: number;

function line(sku: string, status = 'Shipped'): OrderRead['facts']['lines'][number] {
  const charge = {
    chargeType: 'PRODUCT',
    chargeName: 'ItemPrice',
    charge: { currency: 'USD', amount: '12.30' },
    tax: { currency: 'USD', amount: '0.98' },
  };
  return {
    lineNumber: '1',
    sku,
    quantity: 1,
    statuses: [{ status, quantity: 1 }],
    statusAt: '2026-11-22T10:00:00.000Z',
    charges: [charge],
    refunds: [],
    returnOrderId: null,
  };
}

function order(id: string, sku = 'SKU-1', status = 'Shipped'): OrderRead {
  return {
    facts: {
      purchaseOrderId: id,
      customerOrderId: `9${id}`,
      orderType: 'REGULAR',
      orderedAt: '2026-11-22T08:00:00.000Z',
      shipNodeId: null,
      shipToState: 'NY',
      lines: [line(sku, status)],
    },
    body: `{"order":{"purchaseOrderId":"${id}","name":"Ada Made-Up"}}`,
  };
}

function put(id: string, listHash: string, what: Shop['order'] = order(id)): void {
  shop.set(id, { listHash, order: what });
}

const broken = (code: string) => err(failure('unavailable', code, `told by the spec: ${code}`));

const client: WalmartClient = {
  readFirstPage: (window) => Promise.resolve(page(window.shipNodeType === 'WFSFulfilled' ? 0 : -1)),
  readNextPage: (cursor) => Promise.resolve(page(Number(cursor))),
  readOrder: (id) => {
    asked.push(id);
    const read = shop.get(id)?.order;
    if (!read || 'failure' in read) {
      return Promise.resolve(broken(read?.failure ?? 'walmart.not-found'));
    }
    return Promise.resolve(ok(read));
  },
  readItem: (sku): Promise<Result<ItemRead>> => {
    asked.push(sku);
    const productType = itemTypes.get(sku);
    return Promise.resolve(
      ok(
        productType === undefined ? { kind: 'unknown' } : { kind: 'known', productType, shelf: [] },
      ),
    );
  },
  readScopes: () => Promise.resolve(ok({})),
};

function page(
  from: number,
): ReturnType<typeof broken> | Awaited<ReturnType<WalmartClient['readNextPage']>> {
  if (from < 0) return ok({ orders: [], totalCount: 0, nextCursor: null });
  if (from >= failPageAfter) return broken('walmart.unavailable');
  const all = [...shop].map(([purchaseOrderId, { listHash }]) => ({
    purchaseOrderId,
    listHash,
    lines: 1,
  }));
  const next = from + pageSize;
  return ok({
    orders: all.slice(from, next),
    totalCount: all.length,
    nextCursor: next < all.length ? String(next) : null,
  });
}

async function poll(more: { steal?: boolean } = {}): Promise<PollReport> {
  const lease = await acquireLease(db, 'poll/seller-a', 60_000);
  if (!lease) throw new Error('the lease is held');
  if (more.steal) await admin.query('update ingestion.lease set token = token + 1');
  asked = [];
  try {
    return await pollSeller({
      db,
      clock,
      client,
      seller,
      lease,
      trigger: 'schedule',
      since: null,
      settings: { reads: 4, overlapMs: 3_600_000, itemRetryMs: 0, progressEveryMs: 60_000 },
      signal: new AbortController().signal,
    });
  } finally {
    await lease.release();
  }
}

async function messages<P>(type: string): Promise<{ correlationId: string; payload: P }[]> {
  const { rows } = await admin.query<{ message: string }>(
    'select message from ingestion.outbox order by id',
  );
  return rows
    .map((row) => JSON.parse(row.message) as { type: string; correlationId: string; payload: P })
    .filter((message) => message.type === type);
}

const snapshots = () => messages<OrderSnapshot>(orderSnapshotRecorded.type);

function roleUrl(role: string, password: string): string {
  const url = new URL(fresh.url);
  url.username = role;
  url.password = password;
  return url.href;
}

beforeAll(async () => {
  fresh = await freshDatabase({
    template: 'ingestion',
    migrate: async (adminUrl) => {
      await runMigrations({ adminUrl, schema: ingestionSchema, passwords });
    },
  });
  const roles = schemaRoles('ingestion');
  db = await openDatabase({
    url: roleUrl(roles.app, passwords.app),
    systemUrl: roleUrl(roles.system, passwords.system),
    service: 'ingestion',
    schema: 'ingestion',
  });
  admin = new pg.Client({ connectionString: fresh.url });
  await admin.connect();
});

afterAll(async () => {
  await admin.end();
  await db.close();
  await fresh.drop();
});

beforeEach(async () => {
  shop = new Map();
  itemTypes = new Map([['SKU-1', 'Tents']]);
  pageSize = 2;
  failPageAfter = Number.POSITIVE_INFINITY;
  await admin.query(
    `truncate ingestion.purchase_order, ingestion.order_snapshot, ingestion.order_flow, ingestion.item,
       ingestion.outbox, ingestion.audit_record, ingestion.seller, ingestion.lease`,
  );
});

describe('a poll', () => {
  it('stores each order once, with its items, its event and its audit record', async () => {
    for (const id of ['101', '102', '103']) put(id, 'h1');
    const report = await poll();
    expect(report).toMatchObject({
      failure: null,
      counts: {
        pages: 4,
        ordersListed: 3,
        linesListed: 3,
        ordersRead: 3,
        snapshotsAdded: 3,
        linesAdded: 3,
      },
    });
    expect(asked.filter((what) => what === 'SKU-1')).toHaveLength(1);
    const told = await snapshots();
    expect(told.map(({ payload }) => payload.purchaseOrderId)).toEqual(['101', '102', '103']);
    for (const { payload } of told) {
      expect(orderSnapshotRecorded.schema.parse(payload)).toMatchObject({
        walmartSellerId: '10001',
        shipNodeType: 'WFSFulfilled',
        snapshotVersion: 1,
        lines: [{ sku: 'SKU-1', productType: 'Tents', charges: [{ charge: { amount: '12.30' } }] }],
      });
      expect(JSON.stringify(payload)).not.toContain('Ada');
    }
    const { rows } = await admin.query<{ body: Buffer }>(
      'select body from ingestion.order_snapshot',
    );
    expect(rows.map((row) => inflateSync(row.body).toString()).join()).toContain('Ada Made-Up');
    const audit = await messages<{ orders: string[]; action: string }>(auditRecorded.type);
    expect(audit.map(({ payload }) => [payload.action, ...payload.orders])).toEqual([
      ['order-snapshot-recorded', '101'],
      ['order-snapshot-recorded', '102'],
      ['order-snapshot-recorded', '103'],
    ]);
    expect(audit.map((each) => each.correlationId)).toEqual(told.map((each) => each.correlationId));
    const flow = await messages<Record<string, unknown>>(flowProgressed.type);
    expect(flow.map(({ payload }) => flowProgressed.schema.parse(payload).version)).toEqual([1, 2]);
    expect(flow[0]?.payload).toMatchObject({ endedAt: null, watermark: null });
    expect(flow[1]?.payload).toMatchObject({
      snapshotsAdded: 3,
      watermark: isoInstant(report.watermark ?? 0),
    });
  });

  it('finds nothing new the second time and reads no order', async () => {
    for (const id of ['101', '102', '103']) put(id, 'h1');
    await poll();
    const before = await snapshots();
    expect((await poll()).counts).toMatchObject({
      ordersListed: 3,
      ordersRead: 0,
      snapshotsAdded: 0,
      linesAdded: 0,
    });
    expect(asked).toEqual([]);
    expect(await snapshots()).toEqual(before);
  });

  it('gives a changed order the next version and keeps its correlation and first sight', async () => {
    put('101', 'h1', order('101', 'SKU-1', 'Created'));
    await poll();
    put('101', 'h2', order('101', 'SKU-1', 'Shipped'));
    expect((await poll()).counts.snapshotsAdded).toBe(1);
    const [first, second] = await snapshots();
    expect(second).toMatchObject({
      correlationId: first?.correlationId,
      payload: { snapshotVersion: 2, firstSeenAt: first?.payload.firstSeenAt },
    });
    const { rows } = await admin.query(
      'select snapshot_version as version from ingestion.order_snapshot order by 1',
    );
    expect(rows).toEqual([{ version: 1 }, { version: 2 }]);
  });

  it('stores nothing when only the list entry changed, and remembers that', async () => {
    put('101', 'h1');
    await poll();
    put('101', 'h2');
    expect((await poll()).counts).toMatchObject({ ordersRead: 1, snapshotsAdded: 0 });
    expect((await poll()).counts).toMatchObject({ ordersRead: 0, snapshotsAdded: 0 });
    expect(await snapshots()).toHaveLength(1);
  });

  it('keeps what was stored when a page fails, and the watermark where it was', async () => {
    for (const id of ['101', '102', '103', '104', '105']) put(id, 'h1');
    failPageAfter = 4;
    const report = await poll();
    expect(report).toMatchObject({
      watermark: null,
      failure: { code: 'walmart.unavailable' },
      counts: { snapshotsAdded: 4 },
    });
    failPageAfter = Number.POSITIVE_INFINITY;
    expect(await poll()).toMatchObject({ failure: null, counts: { snapshotsAdded: 1 } });
    expect(asked).toEqual(['105']);
    expect(new Set((await snapshots()).map(({ payload }) => payload.purchaseOrderId)).size).toBe(5);
  });

  it('stores the others when one order cannot be read, and names it', async () => {
    put('101', 'h1', { failure: 'walmart.order-unreadable' });
    put('102', 'h1');
    const report = await poll();
    expect(report).toMatchObject({
      watermark: null,
      failure: { code: 'walmart.order-unreadable' },
      counts: { snapshotsAdded: 1 },
    });
    put('101', 'h1');
    expect(await poll()).toMatchObject({ failure: null, counts: { snapshotsAdded: 1 } });
  });

  it('gives orders of an item learned later a new version, without reading them again', async () => {
    put('101', 'h1', order('101', 'SKU-NEW'));
    put('102', 'h1');
    await poll();
    expect((await snapshots())[0]?.payload.lines[0]?.productType).toBeNull();
    expect((await poll()).counts.snapshotsAdded).toBe(0);
    itemTypes.set('SKU-NEW', 'Lanterns');
    const report = await poll();
    expect(report.counts).toMatchObject({ ordersRead: 0, snapshotsAdded: 1 });
    expect(asked).toEqual(['SKU-NEW']);
    expect((await snapshots()).at(-1)?.payload).toMatchObject({
      purchaseOrderId: '101',
      snapshotVersion: 2,
      lines: [{ productType: 'Lanterns' }],
    });
    put('101', 'h2', order('101', 'SKU-NEW'));
    expect((await poll()).counts).toMatchObject({ ordersRead: 1, snapshotsAdded: 0 });
  });

  it('writes nothing once its lease is somebody else’s', async () => {
    put('101', 'h1');
    await expect(poll({ steal: true })).rejects.toThrow(/lease/);
    expect(await snapshots()).toEqual([]);
  });
});

describe('a read', () => {
  const record = (status: string, startedAt: number) =>
    db.forSellers([seller.sellerId], (tx) =>
      recordOrders(tx, {
        seller,
        reads: [
          {
            ...order('101', 'SKU-1', status),
            listHash: `h-${status}`,
            shipNodeType: 'SellerFulfilled',
            startedAt,
          },
        ],
        types: new Map([['SKU-1', 'Tents']]),
        recordedAt: clock.now(),
      }),
    );

  it('that began before the stored one is dropped, unless its statuses have come further', async () => {
    expect(await record('Shipped', 2_000)).toEqual({ snapshots: 1, lines: 1 });
    expect(await record('Acknowledged', 1_000)).toEqual({ snapshots: 0, lines: 0 });
    expect(await record('Delivered', 1_500)).toEqual({ snapshots: 1, lines: 1 });
    expect(await record('Shipped', 1_900)).toEqual({ snapshots: 0, lines: 0 });
    const told = await snapshots();
    expect(told.map(({ payload }) => payload.lines[0]?.statuses[0]?.status)).toEqual([
      'Shipped',
      'Delivered',
    ]);
  });
});

describe('the registry', () => {
  const stored = async () =>
    (
      await admin.query<{ version: number; polled: boolean }>(
        'select version, polled from ingestion.seller',
      )
    ).rows;
  const tell = (...sellers: Seller[]) =>
    db.forSellers([seller.sellerId], (tx) => upsertSellers(tx, sellers));

  it('takes the newest version only, and polls in shadow and live unless paused', async () => {
    await tell({ ...seller, version: 2, state: 'shadow' }, { ...seller, state: 'onboarding' });
    expect(await stored()).toEqual([{ version: 2, polled: true }]);
    await tell({ ...seller, version: 1, state: 'stopped' });
    expect(await stored()).toEqual([{ version: 2, polled: true }]);
    await tell({ ...seller, version: 3, polling: { everyMs: 1_000, paused: true } });
    expect(await stored()).toEqual([{ version: 3, polled: false }]);
    await tell({ ...seller, version: 4, state: 'stopped' });
    expect(await stored()).toEqual([{ version: 4, polled: false }]);
  });
});
