import { describe, expect, it } from '@jest/globals';
import type { AuditRecord } from '@mlc/events';
import fc from 'fast-check';
import { chainHash, extendChain, firstBreak, FIRST_HASH, type SealedRecord } from './chain.js';

const record = (recordId: string, data: Record<string, unknown> = {}): AuditRecord => ({
  recordId,
  at: '2026-11-23T12:00:00.000Z',
  service: 'mapping',
  action: 'journals-emitted',
  actor: 'system',
  orders: ['1796277083022'],
  runGroup: null,
  journals: [],
  data,
});
const EMPTY = { position: 0n, hash: FIRST_HASH };
const chainOf = (ids: readonly string[]): SealedRecord[] =>
  extendChain(
    'seller',
    EMPTY,
    ids.map((id) => ({ correlationId: `c-${id}`, record: record(id) })),
  );

describe('audit chain', () => {
  it('holds when nothing was touched, and goes on from its head', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.string()), (first, second) => {
        const begun = chainOf(first);
        const head = begun.at(-1) ?? EMPTY;
        const rest = second.map((id) => ({ correlationId: 'c', record: record(id) }));
        const whole = [...begun, ...extendChain('seller', head, rest)];
        return firstBreak(whole) === null && firstBreak(whole.slice(begun.length), head) === null;
      }),
    );
  });

  it('tells which record was changed, removed, added or moved', () => {
    const chain = chainOf(['a', 'b', 'c', 'd']);
    const [a, b, c, d] = chain as [SealedRecord, SealedRecord, SealedRecord, SealedRecord];
    const changed = { ...b, record: record('b', { amount: '9.99' }) };
    expect(firstBreak([a, changed, c, d])).toBe(2n);
    expect(firstBreak([a, c, d])).toBe(2n);
    expect(firstBreak([a, b, b, c, d])).toBe(3n);
    expect(firstBreak([b, a, c, d])).toBe(1n);
    expect(firstBreak([a, b])).toBeNull();
    expect(firstBreak([a, b], d)).toBe(5n);
  });

  it('finds a change whose hash was made to fit', () => {
    const [a, b, c] = chainOf(['a', 'b', 'c']) as [SealedRecord, SealedRecord, SealedRecord];
    const forged = record('b', { amount: '9.99' });
    const fitted = { ...b, record: forged, hash: chainHash(b.previousHash, forged) };
    expect(firstBreak([a, fitted, c])).toBe(3n);
  });

  it('depends on what a record says, not on the order of its members', () => {
    const backwards = Object.fromEntries(Object.entries(record('a')).reverse()) as AuditRecord;
    expect(chainHash(FIRST_HASH, backwards)).toBe(chainHash(FIRST_HASH, record('a')));
    expect(chainHash(FIRST_HASH, record('a'))).not.toBe(chainHash(FIRST_HASH, record('b')));
  });
});
