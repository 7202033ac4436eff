import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freshDatabase, type FreshDatabase } from '@mlc/testing';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { type Database, openDatabase, runMigrations, schemaRoles, sellerTable } from './index.js';

class Sales1700000000001 implements MigrationInterface {
  name = 'Sales1700000000001';
  async up(runner: QueryRunner) {
    await runner.query(
      'CREATE TABLE rls_spec.sale (seller_id text NOT NULL, total bigint NOT NULL)',
    );
    for (const sql of sellerTable('rls_spec', 'sale')) await runner.query(sql);
  }
  async down(runner: QueryRunner) {
    await runner.query('DROP TABLE rls_spec.sale');
  }
}

const SCHEMA = 'rls_spec';
const passwords = { app: `it's "app"`, system: 'system' };
const schema = { service: 'rls-spec', schema: SCHEMA, migrations: [Sales1700000000001] };

function roleUrl(adminUrl: string, role: string, password: string): string {
  const url = new URL(adminUrl);
  url.username = role;
  url.password = encodeURIComponent(password);
  return url.href;
}

let fresh: FreshDatabase;
let db: Database;

beforeAll(async () => {
  fresh = await freshDatabase({
    template: SCHEMA,
    migrate: async (adminUrl) => {
      await runMigrations({ adminUrl, schema, passwords });
    },
  });
  const roles = schemaRoles(SCHEMA);
  db = await openDatabase({
    url: roleUrl(fresh.url, roles.app, passwords.app),
    systemUrl: roleUrl(fresh.url, roles.system, passwords.system),
    service: 'rls-spec',
    schema: SCHEMA,
    poolSize: 1,
  });
  for (const seller of ['ann', 'bob']) {
    await db.forSellers([seller], (tx) =>
      tx.execute('INSERT INTO rls_spec.sale SELECT $1, * FROM unnest($2::bigint[])', [
        seller,
        [1, 2, 3],
      ]),
    );
  }
});

afterAll(async () => {
  await db.close();
  await fresh.drop();
});

const sellersSeen = async (sellers: string[]): Promise<string[]> => {
  const rows = await db.forSellers(sellers, (tx) =>
    tx.query<{ seller_id: string }>('SELECT DISTINCT seller_id FROM rls_spec.sale ORDER BY 1'),
  );
  return rows.map((row) => row.seller_id);
};

describe('row-level security', () => {
  it('shows a transaction the rows of its sellers only', async () => {
    expect(await sellersSeen(['ann'])).toEqual(['ann']);
    expect(await sellersSeen(['ann', 'bob'])).toEqual(['ann', 'bob']);
    expect(await sellersSeen([])).toEqual([]);
  });

  it('never leaks over a connection that serves sellers in turn, errors included', async () => {
    for (let round = 0; round < 20; round += 1) {
      const seller = round % 2 === 0 ? 'ann' : 'bob';
      const broken = db.forSellers([seller], (tx) => tx.query('SELECT 1 / 0'));
      await expect(broken).rejects.toThrow('division by zero');
      expect(await sellersSeen([])).toEqual([]);
      expect(await sellersSeen([seller])).toEqual([seller]);
    }
  });

  it('refuses to write, change or delete rows of another seller', async () => {
    const foreign = db.forSellers(['ann'], (tx) =>
      tx.execute(`INSERT INTO rls_spec.sale VALUES ('bob', 9)`),
    );
    await expect(foreign).rejects.toThrow('row-level security');
    const handedOver = db.forSellers(['ann'], (tx) =>
      tx.execute(`UPDATE rls_spec.sale SET seller_id = 'bob'`),
    );
    await expect(handedOver).rejects.toThrow('row-level security');
    const deleted = await db.forSellers(['ann'], (tx) =>
      tx.execute(`DELETE FROM rls_spec.sale WHERE seller_id = 'bob'`),
    );
    expect(deleted).toBe(0);
  });

  it('refuses a seller id that could widen the setting', () => {
    expect(() => db.forSellers(['ann,bob'], () => Promise.resolve())).toThrow('not a seller id');
  });

  it('shows the system role nothing that was not granted', async () => {
    const look = db.asSystem((tx) => tx.query('SELECT * FROM rls_spec.sale'));
    await expect(look).rejects.toThrow('permission denied');
  });

  it('binds the owner of the tables too', async () => {
    const owner = await as(`-c role=${schemaRoles(SCHEMA).owner}`);
    try {
      expect(await owner.query('SELECT count(*)::int AS seen FROM rls_spec.sale')).toEqual([
        { seen: 0 },
      ]);
    } finally {
      await owner.destroy();
    }
  });

  it('is forced on every table with a seller, and no service role can log in past it', async () => {
    const admin = await as('');
    try {
      const open = await admin.query<unknown[]>(
        `SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
          WHERE c.relkind IN ('r', 'p') AND a.attname = 'seller_id'
            AND NOT (c.relrowsecurity AND c.relforcerowsecurity)`,
      );
      expect(open).toEqual([]);
      const mighty = await admin.query<unknown[]>(
        `SELECT rolname FROM pg_roles WHERE rolname LIKE 'mlc_rls_spec_%'
          AND (rolsuper OR rolbypassrls OR (rolcanlogin AND rolname LIKE '%_owner'))`,
      );
      expect(mighty).toEqual([]);
    } finally {
      await admin.destroy();
    }
  });

  it('can be migrated again, by two jobs at once, and changes nothing', async () => {
    const again = () => runMigrations({ adminUrl: fresh.url, schema, passwords });
    expect(await Promise.all([again(), again()])).toEqual([[], []]);
  });
});

async function as(options: string): Promise<DataSource> {
  const source = new DataSource({ type: 'postgres', url: fresh.url, extra: { options } });
  return source.initialize();
}
