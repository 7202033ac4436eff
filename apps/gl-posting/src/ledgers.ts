import { CallBudget, CLOUDSUITE_SUFFIXES, FsmLedger, type LedgerPort } from '@mlc/cloudsuite';
import { openVault } from '@mlc/credentials';
import { createHttpClient } from '@mlc/http';
import type { Clock } from '@mlc/kernel';
import { BreakerGuard, DEFAULT_GUARD } from './breaker-guard.js';
import type { PostingConfig } from './config.js';

const CONNECTIONS_TO_CLOUDSUITE = 16;
/** The breaker waits a little longer than the HTTP client, whose deadline is the real one. */
const GUARD_MARGIN_MS = 5_000;

/** Every seller's ledger: one HTTP client, one budget per CloudSuite tenant, tokens lent by the vault. */
export class Ledgers {
  readonly #open: readonly { close(): Promise<void> }[];
  readonly #guard: BreakerGuard;
  readonly of: (seller: { readonly sellerId: string }) => LedgerPort;

  constructor(config: PostingConfig, clock: Clock) {
    const http = createHttpClient({
      allowedHosts: config.OUTBOUND_ALLOWED_HOSTS,
      allowedSuffixes: [...CLOUDSUITE_SUFFIXES],
      connectionsPerOrigin: CONNECTIONS_TO_CLOUDSUITE,
      clock,
      ...(config.OUTBOUND_CA_FILE === undefined ? {} : { caFile: config.OUTBOUND_CA_FILE }),
    });
    const vault = openVault(config, 'gl-posting', clock);
    this.#open = [http, vault];
    this.#guard = new BreakerGuard({
      ...DEFAULT_GUARD,
      timeoutMs: config.CALL_TIMEOUT_MS + GUARD_MARGIN_MS,
      resetMs: config.BREAKER_RESET_MS,
    });
    const budget = new CallBudget(config.CLOUDSUITE_CALLS_PER_SECOND, clock);
    this.of = ({ sellerId }) =>
      new FsmLedger({
        http,
        guard: this.#guard,
        budget,
        seller: sellerId,
        callTimeoutMs: config.CALL_TIMEOUT_MS,
        lend: (refusedToken) =>
          vault.lender.lend(
            sellerId,
            'cloudsuite',
            refusedToken === undefined ? {} : { refusedToken },
          ),
      });
  }

  async close(): Promise<void> {
    this.#guard.close();
    await Promise.all(this.#open.map((one) => one.close()));
  }
}
