import { readFileSync } from 'node:fs';
import { CallBudget, CLOUDSUITE_SUFFIXES, FsmLedger, type LedgerPort } from '@mlc/cloudsuite';
import { serviceSecret, TokenLender, VaultClient } from '@mlc/credentials';
import { createHttpClient, type HttpClient } from '@mlc/http';
import type { Clock } from '@mlc/kernel';
import { BreakerGuard, DEFAULT_GUARD } from './breaker-guard.js';
import type { PostingConfig } from './config.js';

const CONNECTIONS_TO_CLOUDSUITE = 16;
const CONNECTIONS_TO_VAULT = 4;
/** The breaker waits a little longer than the HTTP client, whose deadline is the real one. */
const GUARD_MARGIN_MS = 5_000;

/** Every seller's ledger: one HTTP client, one budget per CloudSuite tenant, tokens lent by the vault. */
export class Ledgers {
  readonly #https: readonly HttpClient[];
  readonly #guard: BreakerGuard;
  readonly of: (seller: { readonly sellerId: string }) => LedgerPort;

  constructor(config: PostingConfig, clock: Clock) {
    const trusting = (caFile: string | undefined) => (caFile === undefined ? {} : { caFile });
    const http = createHttpClient({
      allowedHosts: config.OUTBOUND_ALLOWED_HOSTS,
      allowedSuffixes: [...CLOUDSUITE_SUFFIXES],
      connectionsPerOrigin: CONNECTIONS_TO_CLOUDSUITE,
      clock,
      ...trusting(config.OUTBOUND_CA_FILE),
    });
    const vaultHttp = createHttpClient({
      allowedHosts: [new URL(config.VAULT_URL).host],
      allowedSuffixes: [],
      connectionsPerOrigin: CONNECTIONS_TO_VAULT,
      clock,
      ...trusting(config.INTERNAL_CA_FILE),
    });
    this.#https = [http, vaultHttp];
    const secret = serviceSecret(readFileSync(config.SERVICE_TOKEN_SECRET_FILE, 'utf8'));
    const vault = { url: config.VAULT_URL, http: vaultHttp, clock, secret, service: 'gl-posting' };
    const lender = new TokenLender(new VaultClient(vault), clock);
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
          lender.lend(sellerId, 'cloudsuite', refusedToken === undefined ? {} : { refusedToken }),
      });
  }

  async close(): Promise<void> {
    this.#guard.close();
    await Promise.all(this.#https.map((http) => http.close()));
  }
}
