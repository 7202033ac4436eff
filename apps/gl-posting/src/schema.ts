import type { ServiceSchema } from '@mlc/postgres';
import { Posting1764000000000 } from './migrations/posting-1764000000000.js';

/** What the migration job runs for gl-posting. */
export const postingSchema: ServiceSchema = {
  service: 'gl-posting',
  schema: 'posting',
  migrations: [Posting1764000000000],
};
