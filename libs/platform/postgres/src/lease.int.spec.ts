import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freshDatabase, type FreshDatabase, waitFor } from '@mlc/testing';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import {
  acquireLease,
  assertLease,
  type Database,
  leaseTable,
  openDatabase,
  runMigrations,
  schemaRoles,
} from './index.js';

const SCHEMA = 'lease_spec';
const LONG_MS = 60_000;

class Leases1700000000001 implements MigrationInterface {
  name = 'Leases1700000000001';
  async up(runner: QueryRunner) {
    for (const sql of leaseTable(SCHEMA)) await runner.query(sql);
  }
  async down(runner: QueryRunner) {
    await runner.query(`DROP TABLE ${SCHEMA}.lease`);
  }
}

let fresh: FreshDatabase;
let db: Database;
let later: Database;

beforeAll(async () => {
  const passwords = { app: 'app', system: 'system' };
  const schema = { service: 'lease-spec', schema: SCHEMA, migrations: [Leases1700000000001] };
  fresh = await freshDatabase({
    template: SCHEMA,
    migrate: async (adminUrl) => {
      await runMigrations({ adminUrl, schema, passwords });
    },
  });
  const roles = schemaRoles(SCHEMA);
  const url = (role: string, password: string): string => {
    const one = new URL(fresh.url);
    one.username = role;
    one.password = password;
    return one.href;
  };
  const config = {
    url: url(roles.app, passwords.app),
    systemUrl: url(roles.system, passwords.system),
    service: 'lease-spec',
    schema: SCHEMA,
  };
  db = await openDatabase(config);
  later = await openDatabase({ ...config, clockOffsetMs: 2 * LONG_MS });
});

afterAll(async () => {
  await db.close();
  await later.close();
  await fresh.drop();
});

describe('lease', () => {
  it('goes to one of many who ask at once', async () => {
    const asked = await Promise.all(
      Array.from({ length: 8 }, () => acquireLease(db, 'poll/one', LONG_MS)),
    );
    expect(asked.filter((lease) => lease !== null)).toHaveLength(1);
  });

  it('goes to the next when it is released, with a higher token', async () => {
    const first = await acquireLease(db, 'poll/two', LONG_MS);
    expect(await acquireLease(db, 'poll/two', LONG_MS)).toBeNull();
    expect(await first?.renew()).toBe(true);
    await first?.release();
    const second = await acquireLease(db, 'poll/two', LONG_MS);
    expect(second?.token).toBe((first?.token ?? 0n) + 1n);
    expect(await first?.renew()).toBe(false);
    await first?.release();
    expect(await second?.renew()).toBe(true);
  });

  it('runs out on the database’s clock, and the former holder cannot write any more', async () => {
    const first = await acquireLease(db, 'post/one', LONG_MS);
    const second = await acquireLease(later, 'post/one', LONG_MS);
    expect(second?.token).toBe(2n);
    if (!first) throw new Error('no lease');
    const late = db.forSellers([], (tx) => assertLease(tx, first));
    await expect(late).rejects.toMatchObject({ failure: { code: 'lease.lost' } });
  });

  it('cannot be taken from under a transaction that has checked it', async () => {
    const first = await acquireLease(db, 'post/two', LONG_MS);
    if (!first) throw new Error('no lease');
    let taken = false;
    let taking: Promise<void> | undefined;
    await db.forSellers([], async (tx) => {
      await assertLease(tx, first);
      taking = acquireLease(later, 'post/two', LONG_MS).then((lease) => {
        taken = lease !== null;
      });
      await waitFor(async () => {
        const rows = await tx.query('SELECT 1 FROM pg_locks WHERE NOT granted');
        return taken || rows.length > 0;
      });
      expect(taken).toBe(false);
    });
    await taking;
    expect(taken).toBe(true);
  });
});
