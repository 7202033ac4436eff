import { readFileSync } from 'node:fs';
import { serviceSecret, TokenLender, VaultClient } from '@mlc/credentials';
import { createHttpClient, type HttpClient } from '@mlc/http';
import type { Clock } from '@mlc/kernel';
import { createWalmartClient, WALMART_SUFFIXES, type WalmartClient } from '@mlc/walmart';
import { LRUCache } from 'lru-cache';
import type { IngestionConfig } from './config.js';

const CONNECTIONS_TO_WALMART = 16;
const CONNECTIONS_TO_VAULT = 2;
const SELLERS_KEPT = 1_000;

/** A Walmart client per seller, kept because it remembers how much Walmart still lets it ask. */
export class WalmartClients {
  readonly #clients = new LRUCache<string, WalmartClient>({ max: SELLERS_KEPT });
  readonly #https: readonly HttpClient[];
  readonly of: (sellerId: string) => WalmartClient;

  constructor(config: IngestionConfig, clock: Clock) {
    const trusting = (caFile: string | undefined) => (caFile === undefined ? {} : { caFile });
    const walmart = createHttpClient({
      allowedHosts: config.OUTBOUND_ALLOWED_HOSTS,
      allowedSuffixes: WALMART_SUFFIXES,
      connectionsPerOrigin: CONNECTIONS_TO_WALMART,
      clock,
      ...trusting(config.OUTBOUND_CA_FILE),
    });
    const vault = createHttpClient({
      allowedHosts: [new URL(config.VAULT_URL).host],
      allowedSuffixes: [],
      connectionsPerOrigin: CONNECTIONS_TO_VAULT,
      clock,
      ...trusting(config.INTERNAL_CA_FILE),
    });
    this.#https = [walmart, vault];
    const secret = serviceSecret(readFileSync(config.SERVICE_TOKEN_SECRET_FILE, 'utf8'));
    const lender = new TokenLender(
      new VaultClient({ url: config.VAULT_URL, http: vault, clock, secret, service: 'ingestion' }),
      clock,
    );
    this.of = (sellerId) => {
      const kept = this.#clients.get(sellerId);
      if (kept) return kept;
      const client = createWalmartClient({
        http: walmart,
        clock,
        timeoutMs: config.WALMART_TIMEOUT_MS,
        token: (refusedToken) =>
          lender.lend(sellerId, 'walmart', refusedToken === undefined ? {} : { refusedToken }),
      });
      this.#clients.set(sellerId, client);
      return client;
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#https.map((http) => http.close()));
  }
}
