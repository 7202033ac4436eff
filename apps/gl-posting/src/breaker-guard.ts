import type { CallGuard } from '@mlc/cloudsuite';
import type { HttpAnswer, HttpFailure } from '@mlc/http';
import { err, failure, type Result } from '@mlc/kernel';
import { LRUCache } from 'lru-cache';
import CircuitBreaker from 'opossum';

export interface GuardSettings {
  /** Longest time a call may take before the breaker stops waiting; above the HTTP client's own. */
  readonly timeoutMs: number;
  /** Rest before an open breaker lets one call through. */
  readonly resetMs: number;
  /** Calls in 10 s before a breaker may open. */
  readonly volume: number;
  /** Breakers kept; the least used one is shut down above it. */
  readonly capacity: number;
}

export const DEFAULT_GUARD: GuardSettings = {
  timeoutMs: 70_000,
  resetMs: 15_000,
  volume: 8,
  capacity: 2000,
};

type Answer = Result<HttpAnswer, HttpFailure>;
type Call = () => Promise<Answer>;

/** An answer that a breaker counts as trouble; carried out unchanged. */
class Trouble extends Error {
  constructor(readonly answer: Answer) {
    super('trouble');
  }
}

/**
 * opossum round every CloudSuite call (ledger rule F10): a breaker per host, opened by lost connections and
 * 5xx only, inside a breaker per seller's ledger, which refusals of that seller open too. There is no
 * abort controller: a call that outlives its breaker goes on, and is *unknown*.
 */
export class BreakerGuard implements CallGuard {
  readonly #settings: GuardSettings;
  readonly #breakers: LRUCache<string, CircuitBreaker<[Call], Answer>>;

  constructor(settings: GuardSettings = DEFAULT_GUARD) {
    this.#settings = settings;
    this.#breakers = new LRUCache({
      max: settings.capacity,
      dispose: (breaker) => breaker.shutdown(),
    });
  }

  async run(keys: { host: string; ledger: string }, call: Call): Promise<Answer> {
    const host = this.#breaker(`host ${keys.host}`, this.#settings.timeoutMs, troublesHost);
    const ledger = this.#breaker(
      `ledger ${keys.ledger}`,
      this.#settings.timeoutMs * 2,
      troublesLedger,
    );
    try {
      return await ledger.fire(() => host.fire(call));
    } catch (error) {
      if (error instanceof Trouble) return error.answer;
      return err(brokenCall(error));
    }
  }

  close(): void {
    this.#breakers.clear();
  }

  #breaker(
    name: string,
    timeoutMs: number,
    troubles: (answer: Answer) => boolean,
  ): CircuitBreaker<[Call], Answer> {
    let breaker = this.#breakers.get(name);
    if (!breaker) {
      const run = async (call: Call): Promise<Answer> => {
        const answer = await call();
        if (troubles(answer)) throw new Trouble(answer);
        return answer;
      };
      breaker = new CircuitBreaker(run, {
        name,
        timeout: timeoutMs,
        resetTimeout: this.#settings.resetMs,
        volumeThreshold: this.#settings.volume,
        errorThresholdPercentage: 50,
        // A refusal by the inner breaker says nothing about this one.
        errorFilter: (error: unknown) => codeOf(error) === 'EOPENBREAKER',
      });
      this.#breakers.set(name, breaker);
    }
    return breaker;
  }
}

function troublesHost(answer: Answer): boolean {
  return !answer.ok || answer.value.status >= 500;
}

function troublesLedger(answer: Answer): boolean {
  return answer.ok && [401, 403, 429].includes(answer.value.status);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function brokenCall(error: unknown): HttpFailure {
  const code = codeOf(error);
  if (code === 'EOPENBREAKER' || code === 'ESHUTDOWN') {
    const message =
      'calls to this CloudSuite are paused after repeated trouble; they resume by themselves';
    return { ...failure('unavailable', 'cloudsuite.breaker-open', message), sent: 'no' };
  }
  if (code === 'ETIMEDOUT') {
    const message = 'the call outlived its breaker; its effect must be looked up';
    return { ...failure('unknown-outcome', 'cloudsuite.breaker-timeout', message), sent: 'maybe' };
  }
  throw error;
}
