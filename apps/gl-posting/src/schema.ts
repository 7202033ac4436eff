import type { ServiceSchema } from '@mlc/postgres';
import { CreatePosting20261124030000 } from './migrations/20261124030000-create-posting.js';

/** What the migration job runs for gl-posting. */
export const postingSchema: ServiceSchema = {
  service: 'gl-posting',
  schema: 'posting',
  migrations: [CreatePosting20261124030000],
};
