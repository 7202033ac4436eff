import { setTimeout as pause } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { identifier, schemaRoles, type SchemaRoles } from './names.js';

/** What the migration job knows of a service. */
export interface ServiceSchema {
  readonly service: string;
  readonly schema: string;
  /** TypeORM migration classes, each with a `name` of its own ending in a 13-digit timestamp. */
  readonly migrations: readonly Migration[];
}
/* eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- TypeORM's own type */
type Migration = Function;

export interface MigrationRun {
  /** Connection string of a role that may create roles and schemas. */
  readonly adminUrl: string;
  readonly schema: ServiceSchema;
  readonly passwords: { readonly app: string; readonly system: string };
}

const ROLE_ATTEMPTS = 20;
const ROLE_PAUSE_MS = 25;
/** SQLSTATEs of two jobs that create or change one role at the same time, in databases of one cluster. */
const ROLE_RACES = new Set(['42710', '23505', 'XX000']);

/**
 * Brings a service's schema to its newest version and returns the names of the migrations that ran.
 * Roles are made when missing and get the given passwords. Tables belong to an owner without log-in
 * that row-level security binds too.
 */
export async function runMigrations(run: MigrationRun): Promise<string[]> {
  const schema = identifier(run.schema.schema);
  const roles = schemaRoles(schema);
  await prepare(run, schema, roles);
  const owner = new DataSource({
    type: 'postgres',
    url: run.adminUrl,
    schema,
    applicationName: `migrations-${run.schema.service}`,
    poolSize: 2,
    installExtensions: false,
    logging: false,
    migrations: [...run.schema.migrations],
    migrationsTableName: 'migration',
    extra: { options: `-c role=${roles.owner} -c search_path=${schema}` },
  });
  await owner.initialize();
  try {
    const done = await owner.runMigrations({ transaction: 'each' });
    await owner.query(`REVOKE ALL ON ${schema}.migration FROM ${roles.app}`);
    return done.map((migration) => migration.name);
  } finally {
    await owner.destroy();
  }
}

async function prepare(run: MigrationRun, schema: string, roles: SchemaRoles): Promise<void> {
  const admin = new DataSource({
    type: 'postgres',
    url: run.adminUrl,
    applicationName: `migrations-${run.schema.service}`,
    poolSize: 1,
    installExtensions: false,
    logging: false,
  });
  await admin.initialize();
  try {
    await ensureRole(admin, roles.owner, null);
    await ensureRole(admin, roles.app, run.passwords.app);
    await ensureRole(admin, roles.system, run.passwords.system);
    await admin.query(`GRANT ${roles.owner} TO CURRENT_USER`).catch(ignoreRoleRace);
    await admin.query(`CREATE SCHEMA IF NOT EXISTS ${schema} AUTHORIZATION ${roles.owner}`);
    for (const sql of schemaGrants(schema, roles)) await admin.query(sql);
  } finally {
    await admin.destroy();
  }
}

function schemaGrants(schema: string, { owner, app, system }: SchemaRoles): string[] {
  const made = `ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} IN SCHEMA ${schema}`;
  return [
    `GRANT USAGE ON SCHEMA ${schema} TO ${app}, ${system}`,
    `${made} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${app}`,
    `${made} GRANT USAGE ON SEQUENCES TO ${app}, ${system}`,
    // The database's clock as leases and due times read it; only tests move it.
    `CREATE OR REPLACE FUNCTION ${schema}.db_now() RETURNS timestamptz LANGUAGE sql VOLATILE
       AS $$ SELECT clock_timestamp() + make_interval(secs =>
         coalesce(nullif(current_setting('mlc.clock_offset_ms', true), ''), '0')::float8 / 1000) $$`,
    `ALTER FUNCTION ${schema}.db_now() OWNER TO ${owner}`,
  ];
}

async function ensureRole(admin: DataSource, role: string, password: string | null): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const known = await admin.query<unknown[]>('SELECT 1 FROM pg_roles WHERE rolname = $1', [
        role,
      ]);
      if (known.length === 0) await admin.query(`CREATE ROLE ${role} NOLOGIN NOINHERIT`);
      if (password !== null) await admin.query(await passwordSql(admin, role, password));
      return;
    } catch (error) {
      if (attempt === ROLE_ATTEMPTS || !isRoleRace(error)) throw error;
      await pause(ROLE_PAUSE_MS * attempt);
    }
  }
}

async function passwordSql(admin: DataSource, role: string, password: string): Promise<string> {
  const rows = await admin.query<{ sql: string }[]>(
    `SELECT format('ALTER ROLE %I LOGIN PASSWORD %L', $1::text, $2::text) AS sql`,
    [role, password],
  );
  return rows[0]?.sql ?? '';
}

function isRoleRace(error: unknown): boolean {
  const code = (error as { driverError?: { code?: unknown } }).driverError?.code;
  return typeof code === 'string' && ROLE_RACES.has(code);
}

function ignoreRoleRace(error: unknown): void {
  // Somebody else is granting the same membership right now.
  if (!isRoleRace(error)) throw error;
}
