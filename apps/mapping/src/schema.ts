import type { ServiceSchema } from '@mlc/postgres';
import { FirstTables1790000000000 } from './migrations/1790000000000-first-tables.js';
import { SCHEMA } from './names.js';

export const mappingSchema: ServiceSchema = {
  service: 'mapping',
  schema: SCHEMA,
  migrations: [FirstTables1790000000000],
};
