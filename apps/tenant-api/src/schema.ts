import type { ServiceSchema } from '@mlc/postgres';
import { CreateTenant20261124020000 } from './migrations/20261124020000-create-tenant.js';

export const tenantSchema: ServiceSchema = {
  service: 'tenant-api',
  schema: 'tenant',
  migrations: [CreateTenant20261124020000],
};
