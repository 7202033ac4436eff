import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Command,
  commandIssued,
  draft,
  type Draft,
  type Seller,
  sellerChanged,
  TOPICS,
} from '@mlc/events';
import { systemClock } from '@mlc/kernel';
import { appendToOutbox, kafkaLink, messagingTables, OutboxRelay } from '@mlc/messaging';
import { type Database, openDatabase, runMigrations, schemaRoles } from '@mlc/postgres';
import {
  freshDatabase,
  type FreshDatabase,
  type RunningProcess,
  startProcess,
  testWorld,
  topicPrefix,
  waitFor,
} from '@mlc/testing';
import pg from 'pg';
import { generate } from 'selfsigned';
import type { QueryRunner } from 'typeorm';
import { ensureBuilt } from '../../../deploy/embedded/build.mjs';
import { connectKafkaAdmin } from '../../../deploy/embedded/kafka-admin.mjs';
import { ingestionSchema } from './schema.js';

/** Publishes what the tenant API would. */
class TenantOutbox1700000000001 {
  name = 'TenantOutbox1700000000001';
  async up(runner: QueryRunner): Promise<void> {
    for (const sql of messagingTables('tenant')) await runner.query(sql);
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop schema tenant cascade');
  }
}

const ORDERS = 7;
const clock = systemClock();
const passwords = { app: 'app', system: 'system' };
const folder = mkdtempSync(join(tmpdir(), 'mlc-ingestion-'));
const asked: string[] = [];
let fresh: FreshDatabase;
let admin: pg.Client;
let tenant: Database;
let relay: OutboxRelay;
let vendor: Server;
let service: RunningProcess;

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
  state: 'onboarding',
  recognition: 'placed',
  closedPeriod: 'held',
  traceField: 'UniqueID',
  polling: { everyMs: 3_600_000, paused: false },
  ruleSetVersion: null,
  approvedBy: null,
};

function orderBody(id: string) {
  const charge = {
    chargeType: 'PRODUCT',
    chargeName: 'ItemPrice',
    chargeAmount: { currency: 'USD', amount: 12.3 },
  };
  return {
    purchaseOrderId: id,
    customerOrderId: `9${id}`,
    orderDate: 1_763_800_000_000,
    orderLines: {
      orderLine: [
        {
          lineNumber: '1',
          item: { sku: 'SKU 1' },
          charges: { charge: [charge] },
          orderLineQuantity: { amount: '1' },
          statusDate: 1_763_800_000_000,
          orderLineStatuses: {
            orderLineStatus: [{ status: 'Shipped', statusQuantity: { amount: '1' } }],
          },
        },
      ],
    },
  };
}

/** The vault's and Walmart's doors, as far as this spec needs them. */
function answerTo(path: string, base: string): { status: number; body: object } {
  const notFound = { status: 404, body: { error: [{ code: 'CONTENT_NOT_FOUND.GMP_ORDER_API' }] } };
  if (path === '/internal/v1/tokens') {
    const expiresAt = clock.now() + 900_000;
    return {
      status: 200,
      body: { accessToken: 'lent', expiresAt, endpoint: base, attributes: {} },
    };
  }
  if (path.startsWith('/v3/items/SKU%201?')) {
    return { status: 200, body: { ItemResponse: [{ sku: 'SKU 1', productType: 'Tents' }] } };
  }
  const ids = Array.from({ length: ORDERS }, (_, at) => String(1_000 + at));
  const single = ids.find((id) => path.startsWith(`/v3/orders/${id}?`));
  if (single) return { status: 200, body: { order: orderBody(single) } };
  if (!path.startsWith('/v3/orders?') || !path.includes('SellerFulfilled')) return notFound;
  const second = path.includes('page=2');
  const order = (second ? ids.slice(4) : ids.slice(0, 4)).map(orderBody);
  const nextCursor = second ? undefined : '?shipNodeType=SellerFulfilled&page=2';
  return {
    status: 200,
    body: { list: { meta: { totalCount: ORDERS, nextCursor }, elements: { order } } },
  };
}

async function startVendor(): Promise<{ base: string; caFile: string }> {
  const caFile = join(folder, 'ca.pem');
  const pems = await generate([{ name: 'commonName', value: 'localhost' }], {
    keySize: 2048,
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
    ],
  });
  writeFileSync(caFile, pems.cert);
  let base = '';
  vendor = createServer({ key: pems.private, cert: pems.cert }, (request, response) => {
    const path = request.url ?? '';
    asked.push(`${request.method ?? ''} ${path}`);
    const { status, body } = answerTo(path, base);
    response.writeHead(status).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => {
    vendor.listen(0, '127.0.0.1', resolve);
  });
  const address = vendor.address();
  base = `https://localhost:${typeof address === 'object' && address ? address.port : 0}`;
  return { base, caFile };
}

function roleUrl(role: string, password: string): string {
  const url = new URL(fresh.url);
  url.username = role;
  url.password = password;
  return url.href;
}

async function startTenant(prefix: string, brokers: string[]): Promise<void> {
  const kafkaAdmin = await connectKafkaAdmin(brokers);
  await kafkaAdmin.createTopics(
    Object.values(TOPICS).map(({ name, partitions }) => ({ topic: prefix + name, partitions })),
  );
  await kafkaAdmin.disconnect();
  const roles = schemaRoles('tenant');
  tenant = await openDatabase({
    url: roleUrl(roles.app, passwords.app),
    systemUrl: roleUrl(roles.system, passwords.system),
    service: 'tenant-api',
    schema: 'tenant',
  });
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const kafka = kafkaLink({ brokers, clientId: 'tenant', topicPrefix: prefix, log });
  relay = new OutboxRelay({ db: tenant, service: 'tenant-api', kafka, log, clock });
  relay.start();
}

beforeAll(async () => {
  const { dist } = await ensureBuilt();
  const { base, caFile } = await startVendor();
  fresh = await freshDatabase({
    template: 'ingestion_service',
    migrate: async (adminUrl) => {
      await runMigrations({ adminUrl, schema: ingestionSchema, passwords });
      const migrations = [TenantOutbox1700000000001];
      const schema = { service: 'tenant-api', schema: 'tenant', migrations };
      await runMigrations({ adminUrl, schema, passwords });
    },
  });
  admin = new pg.Client({ connectionString: fresh.url });
  await admin.connect();
  const { kafkaBrokers } = testWorld();
  const prefix = topicPrefix();
  await startTenant(prefix, kafkaBrokers);
  const secretFile = join(folder, 'service-token.secret');
  writeFileSync(secretFile, randomBytes(32).toString('base64'));
  const roles = schemaRoles('ingestion');
  service = await startProcess({
    name: 'ingestion',
    command: 'node',
    args: [join(dist, 'apps/ingestion/src/main.js')],
    env: {
      DATABASE_APP_URL: roleUrl(roles.app, passwords.app),
      DATABASE_SYSTEM_URL: roleUrl(roles.system, passwords.system),
      KAFKA_BROKERS: kafkaBrokers.join(','),
      TOPIC_PREFIX: prefix,
      VAULT_URL: base,
      SERVICE_TOKEN_SECRET_FILE: secretFile,
      OUTBOUND_ALLOWED_HOSTS: 'localhost',
      OUTBOUND_CA_FILE: caFile,
      INTERNAL_CA_FILE: caFile,
      POLL_TICK_MS: '50',
    },
    logFile: join(folder, 'ingestion.log'),
    readyWhen: 'json-line',
  });
}, 120_000);

afterAll(async () => {
  await service.kill();
  await relay.stop(1_000);
  await tenant.close();
  await admin.end();
  await fresh.drop();
  vendor.closeAllConnections();
  vendor.close();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

const publish = (event: Draft) =>
  tenant.forSellers([seller.sellerId], (tx) => appendToOutbox(tx, 'tenant', [event]));

const announce = (told: Seller) =>
  publish(
    draft(sellerChanged, {
      seller: told.sellerId,
      market: 'US',
      occurredAt: clock.now(),
      correlationId: 'spec',
      identity: [told.sellerId, String(told.version)],
      payload: told,
    }),
  );

function issue(commandId: string, command: Command['command']): Promise<void> {
  return publish(
    draft(commandIssued, {
      seller: seller.sellerId,
      market: 'US',
      occurredAt: clock.now(),
      correlationId: commandId,
      identity: [commandId],
      payload: { commandId, sellerId: seller.sellerId, issuedBy: 'Ada', command },
    }),
  );
}

async function rows(sql: string): Promise<Record<string, unknown>[]> {
  return (await admin.query<Record<string, unknown>>(sql)).rows;
}

const stored = () => rows('select distinct purchase_order_id from ingestion.order_snapshot');
const answered = (id: string) =>
  waitFor(
    async () =>
      (
        await rows(
          `select 1 from ingestion.command where command_id = '${id}' and answered_at is not null`,
        )
      ).length === 1,
    { describe: `the answer to ${id}`, timeoutMs: 20_000 },
  );

describe('the ingestion service', () => {
  it('polls a seller only from shadow on, answers commands, finds nothing new the second time', async () => {
    await announce(seller);
    await issue('ping-1', { kind: 'ping', target: 'ingestion', accounts: [] });
    await answered('ping-1');
    await issue('poll-1', { kind: 'poll-now', target: 'ingestion', since: null });
    await answered('poll-1');
    expect(await stored()).toEqual([]);

    await announce({ ...seller, version: 2, state: 'shadow' });
    await waitFor(async () => (await stored()).length === ORDERS, { timeoutMs: 20_000 });
    asked.length = 0;
    await issue('poll-2', { kind: 'poll-now', target: 'ingestion', since: null });
    await answered('poll-2');
    expect(asked.filter((call) => /orders\/|items\//.test(call))).toEqual([]);
    expect(asked.filter((call) => call.startsWith('GET /v3/orders?')).length).toBeGreaterThan(3);
    expect(
      await rows('select max(snapshot_version) as newest from ingestion.order_snapshot'),
    ).toEqual([{ newest: 1 }]);
    await waitFor(async () => (await rows('select 1 from ingestion.outbox')).length === 0, {
      describe: 'everything to be published',
      timeoutMs: 20_000,
    });
  }, 60_000);

  it('ends in order', async () => {
    expect(await service.stop()).toEqual({ code: 0, signal: null });
  }, 20_000);
});
