import type { Clock } from '@mlc/kernel';

/**
 * Calls per second and CloudSuite tenant (ledger rule F11), shared first come first served by the
 * sellers of that tenant in this process. A burst of one second's worth is allowed.
 */
export class CallBudget {
  readonly #perSecond: number;
  readonly #clock: Clock;
  readonly #tenants = new Map<string, { tokens: number; at: number }>();

  constructor(perSecond: number, clock: Clock) {
    this.#perSecond = perSecond;
    this.#clock = clock;
  }

  /** Resolves when the call may be made. */
  async take(tenant: string): Promise<void> {
    const waitMs = this.#reserve(tenant);
    if (waitMs > 0) await new Promise<void>((resolve) => setTimeout(resolve, waitMs));
  }

  /** Takes a token at once, on credit if there is none, and says how long until it is really there. */
  #reserve(tenant: string): number {
    const now = this.#clock.monotonicMs();
    const state = this.#tenants.get(tenant) ?? { tokens: this.#perSecond, at: now };
    const refilled = state.tokens + ((now - state.at) / 1000) * this.#perSecond;
    const tokens = Math.min(this.#perSecond, refilled) - 1;
    this.#tenants.set(tenant, { tokens, at: now });
    return tokens >= 0 ? 0 : Math.ceil((-tokens / this.#perSecond) * 1000);
  }
}
