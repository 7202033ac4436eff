import { type Database, openDatabase, runMigrations, schemaRoles } from '@mlc/postgres';
import { freshDatabase } from '@mlc/testing';
import { tenantSchema } from '../schema.js';

/** Roles belong to the whole server: every spec gives them the same passwords. */
const passwords = { app: 'app', system: 'system' };

export interface TenantDatabase {
  readonly db: Database;
  /** As the service is told of them. */
  readonly urls: { readonly DATABASE_APP_URL: string; readonly DATABASE_SYSTEM_URL: string };
  drop(): Promise<void>;
}

/** A migrated database of the spec's own, seen through the service's two roles. */
export async function tenantDatabase(): Promise<TenantDatabase> {
  const fresh = await freshDatabase({
    template: 'tenant',
    migrate: async (adminUrl) => {
      await runMigrations({ adminUrl, schema: tenantSchema, passwords });
    },
  });
  const roles = schemaRoles('tenant');
  const url = (role: string, password: string): string => {
    const address = new URL(fresh.url);
    address.username = role;
    address.password = password;
    return address.href;
  };
  const urls = {
    DATABASE_APP_URL: url(roles.app, passwords.app),
    DATABASE_SYSTEM_URL: url(roles.system, passwords.system),
  };
  const db = await openDatabase({
    url: urls.DATABASE_APP_URL,
    systemUrl: urls.DATABASE_SYSTEM_URL,
    service: 'tenant-api',
    schema: 'tenant',
    poolSize: 4,
  });
  return {
    db,
    urls,
    drop: async () => {
      await db.close();
      await fresh.drop();
    },
  };
}
