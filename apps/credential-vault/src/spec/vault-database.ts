import { type Database, openDatabase, runMigrations, schemaRoles } from '@mlc/postgres';
import { freshDatabase } from '@mlc/testing';
import { DataSource } from 'typeorm';
import { vaultSchema } from '../schema.js';

/** Roles belong to the whole server: every spec gives them the same passwords. */
const passwords = { app: 'app', system: 'system' };

export interface VaultDatabase {
  readonly db: Database;
  /** Another replica's connections; closed with the rest. */
  another(): Promise<Database>;
  /** As a superuser, whom row-level security does not bind. */
  asAdmin<R = Record<string, unknown>>(sql: string, params?: unknown[]): Promise<R[]>;
  /** Every row of every table of the vault's schema, as text. */
  dump(): Promise<string>;
  drop(): Promise<void>;
}

/** A migrated vault of the spec's own, seen through the service's two roles. */
export async function vaultDatabase(): Promise<VaultDatabase> {
  const fresh = await freshDatabase({
    template: 'vault',
    migrate: async (adminUrl) => {
      await runMigrations({ adminUrl, schema: vaultSchema, passwords });
    },
  });
  const roles = schemaRoles('vault');
  const url = (role: string, password: string): string => {
    const address = new URL(fresh.url);
    address.username = role;
    address.password = password;
    return address.href;
  };
  const opened: Database[] = [];
  const another = async (): Promise<Database> => {
    const db = await openDatabase({
      url: url(roles.app, passwords.app),
      systemUrl: url(roles.system, passwords.system),
      service: 'credential-vault',
      schema: 'vault',
      poolSize: 4,
    });
    opened.push(db);
    return db;
  };
  const admin = await new DataSource({
    type: 'postgres',
    url: fresh.url,
    poolSize: 1,
  }).initialize();
  const asAdmin = async <R>(sql: string, params: unknown[] = []): Promise<R[]> => {
    const result = (await admin.query<unknown>(sql, params)) as R[];
    return result;
  };
  return {
    db: await another(),
    another,
    asAdmin,
    dump: async () => {
      const tables = await asAdmin<{ name: string }>(
        `select table_name as name from information_schema.tables where table_schema = 'vault' order by 1`,
      );
      const rows = [];
      for (const { name } of tables) {
        rows.push(...(await asAdmin(`select '${name}' as table, t.* from vault.${name} t`)));
      }
      return JSON.stringify(rows);
    },
    drop: async () => {
      await Promise.all(opened.map((db) => db.close()));
      await admin.destroy();
      await fresh.drop();
    },
  };
}
