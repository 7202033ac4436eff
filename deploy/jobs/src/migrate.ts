import { vaultSchema } from '../../../apps/credential-vault/src/schema.js';
import { postingSchema } from '../../../apps/gl-posting/src/schema.js';
import { ingestionSchema } from '../../../apps/ingestion/src/schema.js';
import { mappingSchema } from '../../../apps/mapping/src/schema.js';
import { tenantSchema } from '../../../apps/tenant-api/src/schema.js';
import { runMigrations, type ServiceSchema } from '@mlc/postgres';

export const SCHEMAS: readonly ServiceSchema[] = [
  ingestionSchema,
  mappingSchema,
  postingSchema,
  vaultSchema,
  tenantSchema,
];

/** The two login roles of a service's schema; neither owns a table. */
export function rolesOf(schema: string): { app: string; system: string } {
  return { app: `mlc_${schema}_app`, system: `mlc_${schema}_system` };
}

/** Brings every schema up to date; answers what was applied, `schema: migration`. */
export async function migrateAll(
  adminUrl: string,
  passwords: Readonly<Record<string, string>>,
): Promise<string[]> {
  const applied: string[] = [];
  for (const schema of SCHEMAS) {
    const roles = rolesOf(schema.schema);
    const [app, system] = [passwords[roles.app], passwords[roles.system]];
    if (!app || !system) {
      throw new Error(`no password for ${app ? roles.system : roles.app} was given`);
    }
    const names = await runMigrations({ adminUrl, schema, passwords: { app, system } });
    applied.push(...names.map((name) => `${schema.schema}: ${name}`));
  }
  return applied;
}
