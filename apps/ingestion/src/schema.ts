import type { ServiceSchema } from '@mlc/postgres';
import { CreateIngestion20261124020000 } from './migrations/20261124020000-create-ingestion.js';

export const ingestionSchema: ServiceSchema = {
  service: 'ingestion',
  schema: 'ingestion',
  migrations: [CreateIngestion20261124020000],
};
