import type { ServiceSchema } from '@mlc/postgres';
import { CreateMapping20261124040000 } from './migrations/20261124040000-create-mapping.js';
import { SCHEMA } from './names.js';

export const mappingSchema: ServiceSchema = {
  service: 'mapping',
  schema: SCHEMA,
  migrations: [CreateMapping20261124040000],
};
