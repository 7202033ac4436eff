import type { ServiceSchema } from '@mlc/postgres';
import { CreateVault20261124010000 } from './migrations/20261124010000-create-vault.js';

export const vaultSchema: ServiceSchema = {
  service: 'credential-vault',
  schema: 'vault',
  migrations: [CreateVault20261124010000],
};
