import type { LedgerPort } from '@mlc/cloudsuite';
import type { Seller } from '@mlc/events';
import type { Clock } from '@mlc/kernel';
import type { Database, Lease } from '@mlc/postgres';
import type { Logger } from 'pino';
import type { PostingSettings } from '../settings.js';

/** F2: waits until Kafka has acknowledged these outbox rows. */
export interface Anchor {
  flush(schema: string, ids: readonly string[], timeoutMs: number): Promise<void>;
  kick(): void;
}

/** What posting works with; made once per process. */
export interface PostingContext {
  readonly db: Database;
  readonly anchor: Anchor;
  readonly clock: Clock;
  readonly log: Logger;
  readonly settings: PostingSettings;
  readonly ledgerOf: (seller: Pick<Seller, 'sellerId'>) => LedgerPort;
}

/** What one seller's work is done under. */
export interface Holding {
  readonly sellerId: string;
  readonly lease: Lease;
  readonly signal: AbortSignal;
}

/** What a step of a run group came to. */
export type Turn =
  | { readonly kind: 'moved' }
  /** `slow`: the group waits for somebody else and should not keep others from starting. */
  | { readonly kind: 'wait'; readonly ms: number; readonly slow?: boolean }
  | { readonly kind: 'over' };

export const MOVED: Turn = { kind: 'moved' };

/** 1 s, 2 s, 4 s … up to the longest. */
export function retryMs(settings: PostingSettings, tries: number): number {
  return Math.min(settings.RETRY_FIRST_MS * 2 ** Math.min(tries, 20), settings.RETRY_MAX_MS);
}

const POLL_GROWTH = 1.5;

export function pollMs(settings: PostingSettings, polls: number): number {
  const grown = settings.POLL_FIRST_MS * POLL_GROWTH ** Math.min(polls, 40);
  return Math.min(Math.round(grown), settings.POLL_MAX_MS);
}
