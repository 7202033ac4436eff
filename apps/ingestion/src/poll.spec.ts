import { describe, expect, it } from '@jest/globals';
import { firstWatermark, halvesOf } from './poll.js';
import { decide } from './recording.js';

const now = Date.parse('2026-11-24T10:00:00Z');

describe('the first window', () => {
  it('begins thirty days before go-live, at most 179 days back, never in the future', () => {
    const from = (goLiveDate: string) =>
      new Date(firstWatermark({ goLiveDate }, now)).toISOString();
    expect(from('2026-11-20')).toBe('2026-10-21T00:00:00.000Z');
    expect(from('2025-01-01')).toBe('2026-05-29T10:00:00.000Z');
    expect(from('2027-02-01')).toBe('2026-11-24T10:00:00.000Z');
  });
});

describe('a window that lists too many orders', () => {
  const window = {
    shipNodeType: 'WFSFulfilled' as const,
    createdFrom: 0,
    modifiedFrom: now - 3_600_000,
    modifiedTo: now,
  };
  it('is halved without a gap, until it is a minute wide', () => {
    const [later, earlier] = halvesOf(window, 9_001) ?? [];
    expect(earlier?.modifiedFrom).toBe(window.modifiedFrom);
    expect(earlier?.modifiedTo).toBe(later?.modifiedFrom);
    expect(later?.modifiedTo).toBe(window.modifiedTo);
    expect(halvesOf(window, 9_000)).toBeNull();
    expect(halvesOf(window, null)).toBeNull();
    expect(halvesOf({ ...window, modifiedFrom: now - 59_000 }, 20_000)).toBeNull();
  });
});

describe('whether a read is news', () => {
  const head = { snapshotHash: 'a', statusRank: 3, readStartedAt: 100 };
  it.each([
    [undefined, { hash: 'a', rank: 1, startedAt: 1 }, 'first'],
    [head, { hash: 'b', rank: 3, startedAt: 100 }, 'changed'],
    [head, { hash: 'b', rank: 1, startedAt: 101 }, 'changed'],
    [head, { hash: 'a', rank: 3, startedAt: 200 }, 'same'],
    [head, { hash: 'b', rank: 3, startedAt: 99 }, 'stale'],
    [head, { hash: 'b', rank: 4, startedAt: 99 }, 'changed'],
  ] as const)('%o and %o: %s', (stored, read, decision) => {
    expect(decide(stored, read)).toBe(decision);
  });
});
