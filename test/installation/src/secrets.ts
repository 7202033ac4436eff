import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolesOf, SCHEMAS } from '@mlc/jobs';

export interface Secrets {
  readonly rolePasswords: Readonly<Record<string, string>>;
  readonly serviceTokenFile: string;
  readonly vaultKeyFile: string;
  readonly adminKey: string;
  readonly adminKeyFile: string;
}

const OWNER_ONLY = 0o600;

/** Every secret of one installation, made now; services get files, never values. */
export function makeSecrets(folder: string): Secrets {
  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: OWNER_ONLY });
    return path;
  };
  const adminKey = `wmc_live_admin_${randomBytes(32).toString('hex')}`;
  const roles = SCHEMAS.flatMap(({ schema }) => Object.values(rolesOf(schema)));
  return {
    rolePasswords: Object.fromEntries(roles.map((role) => [role, randomBytes(24).toString('hex')])),
    serviceTokenFile: file('service-token-secret', randomBytes(48).toString('base64')),
    vaultKeyFile: file('vault-key', randomBytes(32).toString('base64')),
    adminKey,
    adminKeyFile: file('admin-api-key', adminKey),
  };
}
