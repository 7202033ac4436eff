import type { Clock, EpochMs } from '@mlc/kernel';

export interface FakeClock extends Clock {
  /** Moves time forward; refuses to go back. */
  advance(ms: number): void;
  /** Sets the wall clock only, backwards too, as an operator may. `monotonicMs` goes on. */
  setNow(at: EpochMs): void;
}

/** A clock that stands still until it is moved. `start`: epoch ms or an ISO instant. */
export function fakeClock(start: EpochMs | string): FakeClock {
  let now = typeof start === 'number' ? start : Date.parse(start);
  if (!Number.isFinite(now)) throw new RangeError(`Not an instant: ${String(start)}`);
  let monotonicMs = 0;
  return {
    now: () => now,
    monotonicMs: () => monotonicMs,
    advance(ms) {
      if (ms < 0) throw new RangeError(`Time does not go back (${ms} ms); use setNow`);
      now += ms;
      monotonicMs += ms;
    },
    setNow(at) {
      now = at;
    },
  };
}
