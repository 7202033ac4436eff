import { sha256Hex } from '@mlc/kernel';

/** A repeatable stream of draws; the same key gives the same stream. */
export interface Random {
  /** 0 ≤ n < 1. */
  unit(): number;
  /** A whole number, both ends included. */
  between(low: number, high: number): number;
  chance(percent: number): boolean;
  pick<T>(from: readonly T[]): T;
}

/** Mulberry32 on the hash of `key`. */
export function randomOf(key: string): Random {
  let state = Number.parseInt(sha256Hex(key).slice(0, 8), 16) >>> 0;
  const unit = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    unit,
    between: (low, high) => low + Math.floor(unit() * (high - low + 1)),
    chance: (percent) => unit() * 100 < percent,
    pick: (from) => {
      const chosen = from[Math.floor(unit() * from.length)];
      if (chosen === undefined) throw new RangeError('nothing to pick from');
      return chosen;
    },
  };
}
