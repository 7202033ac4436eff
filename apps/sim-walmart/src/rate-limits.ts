import type { Clock } from '@mlc/kernel';

export const APIS = ['orders', 'orderById', 'released', 'itemById'] as const;
export type Api = (typeof APIS)[number];
/** Calls a minute, a seller and an API. */
export type Rates = Readonly<Record<Api, number>>;

export const DOCUMENTED_RATES: Rates = {
  orders: 5000,
  orderById: 5000,
  released: 60,
  itemById: 900,
};

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

export interface RateReading {
  readonly allowed: boolean;
  readonly tokensLeft: number;
  /** Epoch ms at which one more call will be there. */
  readonly replenishedAt: number;
}

/** Token buckets of one seller: full at first, refilled evenly over the minute. */
export class RateLimits {
  private rates: Rates = DOCUMENTED_RATES;
  private readonly buckets = new Map<Api, Bucket>();

  constructor(private readonly clock: Clock) {}

  inForce(): Rates {
    return this.rates;
  }

  change(rates: Partial<Rates>): void {
    this.rates = { ...this.rates, ...rates };
    this.buckets.clear();
  }

  take(api: Api): RateReading {
    const perMinute = this.rates[api];
    const nowMs = this.clock.monotonicMs();
    const bucket = this.buckets.get(api) ?? { tokens: perMinute, filledAtMs: nowMs };
    const perMs = perMinute / 60_000;
    bucket.tokens = Math.min(perMinute, bucket.tokens + (nowMs - bucket.filledAtMs) * perMs);
    bucket.filledAtMs = nowMs;
    const allowed = bucket.tokens >= 1;
    if (allowed) bucket.tokens -= 1;
    this.buckets.set(api, bucket);
    const waitMs = bucket.tokens >= 1 ? 0 : Math.ceil((1 - bucket.tokens) / perMs);
    return {
      allowed,
      tokensLeft: Math.floor(bucket.tokens),
      replenishedAt: this.clock.now() + waitMs,
    };
  }
}
