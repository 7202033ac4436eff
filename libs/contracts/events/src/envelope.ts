import { type EpochMs, isoInstant, uuidOf } from '@mlc/kernel';
import { z } from 'zod';

/** RFC 3339 instant in UTC with milliseconds. */
export const instant = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
/** Civil date, `YYYY-MM-DD`, in the seller's accounting zone. */
export const civilDate = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);
/** Integer minor units as text, `-1234` is −12.34 USD. Debit positive, credit negative. */
export const minorUnits = z.string().regex(/^-?(0|[1-9]\d*)$/);
/** Exact decimal as read from a vendor, `12.30`. */
export const decimalText = z.string().regex(/^-?\d+(\.\d+)?$/);
export const positiveVersion = z.int().positive();

/**
 * What every message carries. `sequence` is assigned by the relay, per topic partition, gapless from 1;
 * `id` is deterministic (same fact, same id) but nobody remembers ids: handlers are idempotent by state.
 */
export interface Envelope<P = unknown> {
  readonly id: string;
  readonly type: string;
  readonly version: number;
  /** Our seller id; also the Kafka key. */
  readonly seller: string;
  readonly market: string;
  readonly occurredAt: string;
  /** Made when a purchase order is first seen, kept with its facts. */
  readonly correlationId: string;
  /** Id of the message or command that led to this one. */
  readonly causationId: string | null;
  readonly sequence: number;
  readonly payload: P;
}

/** A message before the relay gave it its place in the partition. */
export type Draft<P = unknown> = Omit<Envelope<P>, 'sequence'> & { readonly topic: string };

const envelopeSchema = z.object({
  id: z.string().min(1).max(100),
  type: z.string().min(1).max(100),
  version: positiveVersion,
  seller: z.string().min(1).max(64),
  market: z.string().min(2).max(8),
  occurredAt: instant,
  correlationId: z.string().min(1).max(100),
  causationId: z.string().max(100).nullable(),
  sequence: z.int().nonnegative(),
  payload: z.unknown(),
});

/** One event type: its topic, its newest version and the schema of that version. */
export interface EventType<P> {
  readonly topic: string;
  readonly type: string;
  readonly version: number;
  readonly schema: z.ZodType<P>;
  /** Pure upcasters, `from` version n to n+1; every version ever published has one. */
  readonly upcast: Readonly<Record<number, (payload: unknown) => unknown>>;
}

export function defineEvent<P>(
  event: Omit<EventType<P>, 'upcast'> & Partial<Pick<EventType<P>, 'upcast'>>,
): EventType<P> {
  return { upcast: {}, ...event };
}

export interface DraftFields<P> {
  readonly seller: string;
  readonly market: string;
  readonly occurredAt: EpochMs;
  readonly correlationId: string;
  readonly causationId?: string | null;
  /** Parts that name the fact; the id is derived from them. */
  readonly identity: readonly string[];
  readonly payload: P;
}

export function draft<P>(event: EventType<P>, fields: DraftFields<P>): Draft<P> {
  return {
    topic: event.topic,
    id: uuidOf(event.type, ...fields.identity),
    type: event.type,
    version: event.version,
    seller: fields.seller,
    market: fields.market,
    occurredAt: isoInstant(fields.occurredAt),
    correlationId: fields.correlationId,
    causationId: fields.causationId ?? null,
    payload: fields.payload,
  };
}

/** What reading a message can come to; `newer` is parked in order, `poison` is set aside with its reason. */
export type Reading =
  | { readonly kind: 'event'; readonly envelope: Envelope }
  | {
      readonly kind: 'newer';
      readonly seller: string;
      readonly type: string;
      readonly version: number;
    }
  | { readonly kind: 'poison'; readonly reason: string };

/** Reads one message value; never throws. */
export function readMessage(text: string, known: ReadonlyMap<string, EventType<unknown>>): Reading {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'poison', reason: 'not JSON' };
  }
  const envelope = envelopeSchema.safeParse(value);
  if (!envelope.success) {
    return { kind: 'poison', reason: `envelope: ${z.prettifyError(envelope.error)}` };
  }
  const { type, version, seller } = envelope.data;
  const event = known.get(type);
  if (!event || version > event.version) return { kind: 'newer', seller, type, version };
  let payload = envelope.data.payload;
  for (let at = version; at < event.version; at += 1) {
    const step = event.upcast[at];
    if (!step) return { kind: 'poison', reason: `no upcaster for ${type} from version ${at}` };
    payload = step(payload);
  }
  const parsed = event.schema.safeParse(payload);
  if (!parsed.success) {
    return { kind: 'poison', reason: `${type}: ${z.prettifyError(parsed.error)}` };
  }
  return {
    kind: 'event',
    envelope: { ...envelope.data, version: event.version, payload: parsed.data },
  };
}
