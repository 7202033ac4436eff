import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { migrateAll, rolesOf, SCHEMAS } from '@mlc/jobs';
import { type FreshDatabase, freshDatabase } from '@mlc/testing';
import pg from 'pg';

/** Roles belong to the whole server: every spec that makes them gives them these passwords. */
const passwords = Object.fromEntries(
  SCHEMAS.flatMap(({ schema }) => {
    const { app, system } = rolesOf(schema);
    return [
      [app, 'app'],
      [system, 'system'],
    ];
  }),
);

/** Goal: no seller's table is open. Method: all services' real migrations, then PostgreSQL's own catalogue. */
describe('every table of every service', () => {
  let database: FreshDatabase;
  let client: pg.Client;

  beforeAll(async () => {
    database = await freshDatabase({
      template: 'all_services',
      migrate: async (url) => {
        await migrateAll(url, passwords);
      },
    });
    client = new pg.Client(database.url);
    await client.connect();
  }, 60_000);

  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  it('that names a seller has forced row-level security and a policy for the app role', async () => {
    const { rows } = await client.query<{ name: string; guarded: boolean }>(
      `select c.oid::regclass::text as name,
              c.relrowsecurity and c.relforcerowsecurity
                and exists (select 1 from pg_policy p where p.polrelid = c.oid) as guarded
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
         join pg_attribute a on a.attrelid = c.oid and a.attname = 'seller_id' and not a.attisdropped
        where c.relkind in ('r', 'p') and n.nspname = any($1)
        order by 1`,
      [SCHEMAS.map(({ schema }) => schema)],
    );
    expect(rows.length).toBeGreaterThan(30);
    expect(rows.filter(({ guarded }) => !guarded)).toEqual([]);
  });

  it('belongs to a role nobody logs in as', async () => {
    const { rows } = await client.query<{ name: string; owner: string }>(
      `select c.oid::regclass::text as name, r.rolname as owner
         from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_roles r on r.oid = c.relowner
        where c.relkind in ('r', 'p') and n.nspname = any($1) and (r.rolcanlogin or r.rolbypassrls)`,
      [SCHEMAS.map(({ schema }) => schema)],
    );
    expect(rows).toEqual([]);
  });

  it('is not bypassed by a view or a function that runs as its owner', async () => {
    const { rows } = await client.query<{ name: string }>(
      `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = any($1) and c.relkind in ('v', 'm')
       union all
       select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where n.nspname = any($1) and p.prosecdef`,
      [SCHEMAS.map(({ schema }) => schema)],
    );
    expect(rows).toEqual([]);
  });
});
