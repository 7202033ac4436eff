import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AuditRecord, Envelope } from '@mlc/events';
import { messagingTables } from '@mlc/messaging';
import { type Database, openDatabase, runMigrations, schemaRoles } from '@mlc/postgres';
import { freshDatabase, type FreshDatabase } from '@mlc/testing';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import {
  auditTables,
  auditTrailTables,
  firstBreak,
  readChain,
  readTrail,
  recordAudit,
  sealBatch,
} from './index.js';

const SCHEMA = 'audit_spec';

class Audit1700000000001 implements MigrationInterface {
  name = 'Audit1700000000001';
  async up(runner: QueryRunner) {
    const tables = [
      ...messagingTables(SCHEMA),
      ...auditTables(SCHEMA),
      ...auditTrailTables(SCHEMA),
    ];
    for (const sql of tables) await runner.query(sql);
  }
  async down(runner: QueryRunner) {
    await runner.query(`DROP SCHEMA ${SCHEMA} CASCADE`);
  }
}

let fresh: FreshDatabase;
let db: Database;
let admin: DataSource;

beforeAll(async () => {
  const passwords = { app: 'app', system: 'system' };
  const schema = { service: 'audit-spec', schema: SCHEMA, migrations: [Audit1700000000001] };
  fresh = await freshDatabase({
    template: SCHEMA,
    migrate: async (adminUrl) => {
      await runMigrations({ adminUrl, schema, passwords });
    },
  });
  const url = (role: string, password: string): string => {
    const one = new URL(fresh.url);
    one.username = role;
    one.password = password;
    return one.href;
  };
  const roles = schemaRoles(SCHEMA);
  db = await openDatabase({
    url: url(roles.app, passwords.app),
    systemUrl: url(roles.system, passwords.system),
    service: 'audit-spec',
    schema: SCHEMA,
  });
  admin = await new DataSource({ type: 'postgres', url: fresh.url }).initialize();
});

afterAll(async () => {
  await db.close();
  await admin.destroy();
  await fresh.drop();
});

const record = (recordId: string, orders: string[]): AuditRecord => ({
  recordId,
  at: '2026-11-23T12:00:00.000Z',
  service: 'mapping',
  action: 'journals-emitted',
  actor: 'system',
  orders,
  runGroup: null,
  journals: ['j1'],
  data: { lines: 3, ratio: 0.5, note: 'naïve “quotes” \\ and \n' },
});
const entry = (seller: string, recordId: string, orders: string[]) => ({
  seller,
  market: 'US',
  correlationId: `c-${recordId}`,
  record: record(recordId, orders),
});

async function sealOutbox(): Promise<number> {
  const rows = await admin.query<{ message: string }[]>(
    `SELECT message FROM ${SCHEMA}.outbox ORDER BY id`,
  );
  const events = rows.map((row) => JSON.parse(row.message) as Envelope<AuditRecord>);
  return db.forSellers(['ann', 'bob'], (tx) => sealBatch(tx, events));
}

describe('audit', () => {
  it('records a step once, with its change, and seals it once', async () => {
    const entries = [
      entry('ann', 'r1', ['100', '200']),
      entry('bob', 'r1', ['100']),
      entry('ann', 'r2', ['100']),
      entry('ann', 'r1', ['100', '200']),
    ];
    for (let times = 0; times < 2; times += 1) {
      await db.forSellers(['ann', 'bob'], (tx) => recordAudit(tx, SCHEMA, entries));
    }
    expect(await sealOutbox()).toBe(3);
    expect(await sealOutbox()).toBe(0);
    const trail = await db.forSellers(['ann'], (tx) =>
      readTrail(tx, { seller: 'ann', order: '100' }),
    );
    expect(trail.map((one) => [one.position, one.record.recordId])).toEqual([
      [1n, 'r1'],
      [2n, 'r2'],
    ]);
    expect(trail[0]?.record).toEqual(record('r1', ['100', '200']));
    const foreign = db.forSellers(['bob'], (tx) => readTrail(tx, { seller: 'ann', order: '100' }));
    expect(await foreign).toEqual([]);
  });

  it('goes on where the chain ended, and a change behind our back is found', async () => {
    await db.forSellers(['ann'], (tx) => recordAudit(tx, SCHEMA, [entry('ann', 'r3', ['300'])]));
    expect(await sealOutbox()).toBe(1);
    const chain = () =>
      db.forSellers(['ann'], (tx) => readChain(tx, { seller: 'ann', after: 0n, limit: 100 }));
    expect(firstBreak(await chain())).toBeNull();
    await admin.query(
      `UPDATE ${SCHEMA}.audit_trail SET record = jsonb_set(record, '{actor}', '"nobody"')
        WHERE seller_id = 'ann' AND position = 2`,
    );
    expect(firstBreak(await chain())).toBe(2n);
  });

  it.each(['audit_record', 'audit_trail'])('lets a service change nothing in %s', async (table) => {
    const change = db.forSellers(['ann'], (tx) => tx.execute(`DELETE FROM ${SCHEMA}.${table}`));
    await expect(change).rejects.toThrow('permission denied');
  });
});
