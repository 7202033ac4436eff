import { type Envelope, EVENTS, readMessage } from '@mlc/events';
import { isSellerId } from '@mlc/postgres';
import type { FetchedMessage } from './kafka-link.js';

/** One message as it was understood. */
export type ReadMessage = { readonly offset: bigint; readonly source: FetchedMessage } & (
  | { readonly kind: 'event'; readonly seller: string; readonly envelope: Envelope }
  | { readonly kind: 'newer'; readonly seller: string; readonly type: string }
  | { readonly kind: 'poison'; readonly reason: string }
);

/** An escaped NUL: PostgreSQL stores it in no text and no jsonb. */
const NUL = /(?<!\\)(?:\\\\)*\\u0000/;
const MAX_REASON_CHARACTERS = 2_000;

/** Reads messages in the order of the partition; never throws. */
export function readSlice(messages: readonly FetchedMessage[]): ReadMessage[] {
  return messages.map((source) => {
    const offset = source.offset;
    const text = source.value.toString('utf8');
    if (NUL.test(text)) return { kind: 'poison', reason: 'holds a NUL character', offset, source };
    const reading = readMessage(text, EVENTS);
    if (reading.kind === 'poison') {
      const reason = reading.reason.replaceAll('\0', '').slice(0, MAX_REASON_CHARACTERS);
      return { kind: 'poison', reason, offset, source };
    }
    const seller = reading.kind === 'event' ? reading.envelope.seller : reading.seller;
    if (!isSellerId(seller)) {
      return { kind: 'poison', reason: 'envelope: not a seller id of ours', offset, source };
    }
    return reading.kind === 'event'
      ? { kind: 'event', seller, envelope: reading.envelope, offset, source }
      : { kind: 'newer', seller, type: reading.type, offset, source };
  });
}

/**
 * Splits a slice: events to handle now, and messages to keep for later in their order, which are those
 * of an unknown newer version and whatever follows them, or earlier ones still kept, of the same seller.
 */
export function splitSlice(
  read: readonly ReadMessage[],
  parkedSellers: ReadonlySet<string>,
): { events: Envelope[]; parked: ReadMessage[]; poison: ReadMessage[] } {
  const waiting = new Set(parkedSellers);
  const split = {
    events: [] as Envelope[],
    parked: [] as ReadMessage[],
    poison: [] as ReadMessage[],
  };
  for (const message of read) {
    if (message.kind === 'poison') {
      split.poison.push(message);
    } else if (message.kind === 'newer' || waiting.has(message.seller)) {
      waiting.add(message.seller);
      split.parked.push(message);
    } else {
      split.events.push(message.envelope);
    }
  }
  return split;
}
