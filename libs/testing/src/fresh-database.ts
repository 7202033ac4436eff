import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { testWorld } from './world.js';

export interface FreshDatabaseOptions {
  /** Names the template; the same name means the same migrations. Lower-case letters, digits, `_`. */
  template: string;
  /** Brings an empty database to the wanted schema. It must close its connections. */
  migrate: (databaseUrl: string) => Promise<void>;
}

export interface FreshDatabase {
  /** A superuser's connection string. */
  url: string;
  name: string;
  /** Also ends the connections that are still open. */
  drop: () => Promise<void>;
}

const TEMPLATE_NAME = /^[a-z][a-z0-9_]{0,24}$/;

/**
 * A database of one's own, copied from a template that is migrated once per run, whichever worker
 * asks first (the others wait on an advisory lock).
 */
export async function freshDatabase(options: FreshDatabaseOptions): Promise<FreshDatabase> {
  const { template, migrate } = options;
  if (!TEMPLATE_NAME.test(template)) throw new RangeError(`Not a template name: ${template}`);
  const { databaseUrl, runId } = testWorld();
  const templateName = `mlc_${runId}_${template}`;
  const name = `${templateName}_${randomBytes(4).toString('hex')}`;
  await onServer(databaseUrl, async (client) => {
    await client.query('select pg_advisory_lock(hashtextextended($1, 0))', [templateName]);
    if (!(await isMigrated(client, templateName))) {
      await client.query(`drop database if exists ${templateName} with (force)`);
      await client.query(`create database ${templateName}`);
      await migrate(withDatabase(databaseUrl, templateName));
      await client.query(`comment on database ${templateName} is 'migrated'`);
    }
    await client.query('select pg_advisory_unlock(hashtextextended($1, 0))', [templateName]);
    await client.query(`create database ${name} template ${templateName}`);
  });
  return {
    url: withDatabase(databaseUrl, name),
    name,
    drop: () =>
      onServer(databaseUrl, async (client) => {
        await client.query(`drop database if exists ${name} with (force)`);
      }),
  };
}

async function isMigrated(client: pg.Client, database: string): Promise<boolean> {
  const { rows } = await client.query<{ comment: string | null }>(
    `select shobj_description(oid, 'pg_database') as comment from pg_database where datname = $1`,
    [database],
  );
  return rows[0]?.comment === 'migrated';
}

function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

async function onServer(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
