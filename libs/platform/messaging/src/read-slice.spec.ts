import { describe, expect, it } from '@jest/globals';
import { commandAnswered, draft } from '@mlc/events';
import fc from 'fast-check';
import type { FetchedMessage } from './kafka-link.js';
import { readSlice, splitSlice } from './read-slice.js';
import { followSequences } from './sequences.js';

function message(value: string, headers: Record<string, string> = {}, offset = 0n): FetchedMessage {
  return { offset, value: Buffer.from(value), header: (name) => headers[name] };
}

function event(seller: string, change: object = {}): FetchedMessage {
  const { topic: _topic, ...envelope } = draft(commandAnswered, {
    seller,
    market: 'US',
    occurredAt: 0,
    correlationId: 'c',
    identity: [seller],
    payload: { commandId: 'x', by: 'mapping', ok: true, message: 'ok', detail: {} },
  });
  return message(JSON.stringify({ ...envelope, sequence: 1, ...change }));
}

describe('reading a slice', () => {
  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const [read] = readSlice([{ ...message(''), value: Buffer.from(bytes) }]);
        expect(read?.kind).toBe('poison');
      }),
    );
  });

  it('keeps apart what is handled, kept for later and set aside', () => {
    const read = readSlice([
      event('ann'),
      event('bob', { version: 9 }),
      event('ann'),
      event('bob'),
      message('{'),
      event('eve'),
    ]);
    const { events, parked, poison } = splitSlice(read, new Set(['eve']));
    expect(events.map((one) => one.seller)).toEqual(['ann', 'ann']);
    expect(parked.map((one) => one.kind)).toEqual(['newer', 'event', 'event']);
    expect(poison).toMatchObject([{ reason: 'not JSON' }]);
  });

  it('tells an escaped NUL from a text that only looks like one', () => {
    const nul = event('ann', { correlationId: 'a\u0000b' });
    const harmless = event('ann', { correlationId: 'a\\u0000b' });
    expect(readSlice([nul, harmless]).map((one) => one.kind)).toEqual(['poison', 'event']);
  });
});

describe('sequences', () => {
  const numbered = (producer: string, ...sequences: number[]): FetchedMessage[] =>
    sequences.map((sequence) => message('', { producer, sequence: String(sequence) }));

  it('follow each producer, repeats included', () => {
    const messages = [...numbered('a', 4, 5, 4, 5, 6), ...numbered('b', 9), message('')];
    expect(followSequences({ a: 3 }, messages, 't/0')).toEqual({ a: 6, b: 9 });
  });

  it('stop at a gap', () => {
    expect(() => followSequences({ a: 3 }, numbered('a', 4, 6), 't/0')).toThrow(
      /after number 4 of a comes 6/,
    );
  });
});
