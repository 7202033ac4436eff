import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fakeClock } from './fake-clock.js';
import { seededRandom } from './seeded-random.js';
import { waitFor } from './wait-for.js';

describe('waitFor', () => {
  it('answers what the condition answers once it holds', async () => {
    let asked = 0;
    const answer = await waitFor(() => (asked++ < 3 ? null : 'posted'), { intervalMs: 1 });
    expect(answer).toBe('posted');
    expect(asked).toBe(4);
  });

  it('says what it waited for, and why the last attempt failed', async () => {
    const waiting = waitFor(() => Promise.reject(new Error('no such row')), {
      timeoutMs: 5,
      describe: 'the journal to be posted',
    });
    await expect(waiting).rejects.toMatchObject({
      message: 'Waited 5 ms in vain for the journal to be posted',
      cause: new Error('no such row'),
    });
  });
});

describe('fakeClock', () => {
  it('moves only when it is moved', () => {
    const clock = fakeClock('2026-03-08T06:59:59.999Z');
    const before = clock.now();
    clock.advance(1);
    expect(clock.now()).toBe(before + 1);
    clock.setNow(0);
    expect(clock.now()).toBe(0);
    expect(clock.monotonicMs()).toBe(1);
    expect(() => {
      clock.advance(-1);
    }).toThrow(RangeError);
  });
});

describe('seededRandom', () => {
  it('repeats itself for a seed and stays in its bounds', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(1_000), (seed, width) => {
        const one = seededRandom(seed);
        const other = seededRandom(seed);
        for (let turn = 0; turn < 20; turn += 1) {
          const drawn = one.integer(-3, width);
          expect(drawn).toBe(other.integer(-3, width));
          expect(drawn).toBeGreaterThanOrEqual(-3);
          expect(drawn).toBeLessThanOrEqual(width);
        }
        expect([...one.shuffle([1, 2, 3, 4])].sort()).toEqual([1, 2, 3, 4]);
      }),
    );
  });

  it('spreads evenly', () => {
    const random = seededRandom(7);
    const counts = [0, 0, 0, 0];
    for (let turn = 0; turn < 8_000; turn += 1) {
      const drawn = random.integer(0, 3);
      counts[drawn] = (counts[drawn] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 2_000)).toBeLessThan(200);
  });
});
