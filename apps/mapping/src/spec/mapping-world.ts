import {
  draft,
  type Envelope,
  EVENTS,
  type OrderSnapshot,
  orderSnapshotRecorded,
  readMessage,
  type RuleSet,
  type Seller,
} from '@mlc/events';
import { systemClock, uuidOf } from '@mlc/kernel';
import { type Database, openDatabase, runMigrations, schemaRoles, type Tx } from '@mlc/postgres';
import { mapSnapshots } from '../map-snapshots.js';
import { SCHEMA } from '../names.js';
import { mappingSchema } from '../schema.js';
import { recordRuleSets, recordSellers } from '../seller-registry.js';

const passwords = { app: 'app', system: 'system' };
export const clock = systemClock();
export const SELLER = uuidOf('seller', 'US', '10001');

interface FreshDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** `freshDatabase` of the test servers, handed in by the spec. */
type MakeDatabase = (options: {
  template: string;
  migrate: (adminUrl: string) => Promise<void>;
}) => Promise<FreshDatabase>;

/** The service's own tables in a database of their own, and what a consumer would call. */
export class MappingWorld {
  private constructor(
    readonly db: Database,
    private readonly fresh: FreshDatabase,
  ) {}

  static async make(makeDatabase: MakeDatabase): Promise<MappingWorld> {
    const fresh = await makeDatabase({
      template: SCHEMA,
      migrate: async (adminUrl) => {
        await runMigrations({ adminUrl, schema: mappingSchema, passwords });
      },
    });
    const url = (role: string, password: string): string => {
      const one = new URL(fresh.url);
      one.username = role;
      one.password = password;
      return one.href;
    };
    const roles = schemaRoles(SCHEMA);
    const db = await openDatabase({
      url: url(roles.app, passwords.app),
      systemUrl: url(roles.system, passwords.system),
      service: 'mapping',
      schema: SCHEMA,
    });
    return new MappingWorld(db, fresh);
  }

  async close(): Promise<void> {
    await this.db.close();
    await this.fresh.drop();
  }

  /** One slice of snapshots, as the consumer's transaction would apply it. */
  async take(...snapshots: readonly OrderSnapshot[]): Promise<void> {
    await this.within((tx) => mapSnapshots(tx, snapshots.map(arrived), clock));
  }

  async know(seller: Partial<Seller>, ...ruleSets: readonly RuleSet[]): Promise<void> {
    await this.within((tx) => recordRuleSets(tx, ruleSets));
    await this.within((tx) => recordSellers(tx, [sellerOf(seller)]));
  }

  within<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.forSellers([SELLER], work);
  }

  rows<R>(sql: string): Promise<R[]> {
    return this.within((tx) => tx.query<R>(sql));
  }

  /** Everything that was handed to the relay, read as a consumer reads it. */
  async emitted(type: string): Promise<Envelope[]> {
    const rows = await this.db.asSystem((tx) =>
      tx.query<{ message: string }>(`SELECT message FROM ${SCHEMA}.outbox ORDER BY id`),
    );
    const envelopes = rows.map(({ message }) => {
      const reading = readMessage(`${message.slice(0, -1)},"sequence":1}`, EVENTS);
      if (reading.kind !== 'event') throw new Error(JSON.stringify(reading));
      return reading.envelope;
    });
    return envelopes.filter((envelope) => envelope.type === type);
  }
}

function arrived(snapshot: OrderSnapshot): Envelope<OrderSnapshot> {
  const drafted = draft(orderSnapshotRecorded, {
    seller: SELLER,
    market: 'US',
    occurredAt: Date.parse(snapshot.readAt),
    correlationId: uuidOf('first-seen', snapshot.purchaseOrderId),
    identity: [SELLER, snapshot.purchaseOrderId, String(snapshot.snapshotVersion)],
    payload: snapshot,
  });
  return { ...drafted, sequence: 1, payload: snapshot };
}

function sellerOf(more: Partial<Seller>): Seller {
  return {
    sellerId: SELLER,
    version: 1,
    name: 'Blue Cap Company',
    market: 'US',
    walmartSellerId: '10001',
    ledger: { tenant: 'ACME_TST', enterpriseGroup: '1', accountingEntity: '100' },
    currency: 'USD',
    accountingZone: 'America/Los_Angeles',
    goLiveDate: '2026-11-01',
    state: 'live',
    recognition: 'placed',
    closedPeriod: 'held',
    traceField: 'UniqueID',
    polling: { everyMs: 60_000, paused: false },
    ruleSetVersion: 1,
    approvedBy: 'Ada Example',
    ...more,
  };
}

const post = (account: string) => ({ account, accountingUnit: '1000', dimensions: {} });

export function ruleSet(version = 1, account = '40200'): RuleSet {
  return {
    sellerId: SELLER,
    version,
    fromDate: '2026-01-01',
    clearing: post('11500'),
    tax: { policy: 'excluded' },
    rules: [
      { when: { chargeType: 'PRODUCT', productType: ['Caps'] }, post: post(account) },
      { when: { chargeType: 'SHIPPING' }, post: post('40900') },
    ],
  };
}

export interface SnapshotFields {
  readonly version?: number;
  readonly price?: string;
  readonly cancelled?: boolean;
  readonly lines?: number;
}

/** One order of caps at `price` each, without a shipping charge. */
export function snapshot(purchaseOrderId: string, fields: SnapshotFields = {}): OrderSnapshot {
  const { version = 1, price = '19.99', cancelled = false, lines = 1 } = fields;
  return {
    walmartSellerId: '10001',
    purchaseOrderId,
    customerOrderId: `2${purchaseOrderId}`,
    orderType: 'REGULAR',
    orderedAt: '2026-11-20T18:00:00.000Z',
    shipNodeType: 'SellerFulfilled',
    shipNodeId: null,
    shipToState: 'CA',
    snapshotVersion: version,
    firstSeenAt: '2026-11-20T19:00:00.000Z',
    readAt: '2026-11-20T19:00:00.000Z',
    lines: Array.from({ length: lines }, (_, at) => ({
      lineNumber: String(at + 1),
      sku: `CAP-${at + 1}`,
      productType: 'Caps',
      quantity: 1,
      statuses: [{ status: cancelled ? 'Cancelled' : 'Created', quantity: 1 }],
      statusAt: cancelled ? '2026-11-22T20:00:00.000Z' : '2026-11-20T18:00:00.000Z',
      charges: [
        {
          chargeType: 'PRODUCT',
          chargeName: 'ItemPrice',
          charge: { currency: 'USD', amount: price },
          tax: { currency: 'USD', amount: cancelled ? '0' : '1.65' },
        },
      ],
      refunds: [],
      returnOrderId: null,
    })),
  };
}
