import type { Clock } from '@mlc/kernel';
import type { Database } from '@mlc/postgres';
import type { Caller } from '../api/api-keys.js';

/** What every use case works with. */
export interface Room {
  readonly db: Database;
  readonly clock: Clock;
}

/** On whose behalf, and under which correlation id. */
export interface Asked {
  readonly caller: Caller;
  readonly correlationId: string;
}
