import { openVault } from '@mlc/credentials';
import { createHttpClient } from '@mlc/http';
import type { Clock } from '@mlc/kernel';
import { createWalmartClient, WALMART_SUFFIXES, type WalmartClient } from '@mlc/walmart';
import { LRUCache } from 'lru-cache';
import type { IngestionConfig } from './config.js';

const CONNECTIONS_TO_WALMART = 16;
const SELLERS_KEPT = 1_000;

/** A Walmart client per seller, kept because it remembers how much Walmart still lets it ask. */
export class WalmartClients {
  readonly #clients = new LRUCache<string, WalmartClient>({ max: SELLERS_KEPT });
  readonly #open: readonly { close(): Promise<void> }[];
  readonly of: (sellerId: string) => WalmartClient;

  constructor(config: IngestionConfig, clock: Clock) {
    const walmart = createHttpClient({
      allowedHosts: config.OUTBOUND_ALLOWED_HOSTS,
      allowedSuffixes: WALMART_SUFFIXES,
      connectionsPerOrigin: CONNECTIONS_TO_WALMART,
      clock,
      ...(config.OUTBOUND_CA_FILE === undefined ? {} : { caFile: config.OUTBOUND_CA_FILE }),
    });
    const vault = openVault(config, 'ingestion', clock);
    this.#open = [walmart, vault];
    this.of = (sellerId) => {
      const kept = this.#clients.get(sellerId);
      if (kept) return kept;
      const client = createWalmartClient({
        http: walmart,
        clock,
        timeoutMs: config.WALMART_TIMEOUT_MS,
        token: (refusedToken) =>
          vault.lender.lend(
            sellerId,
            'walmart',
            refusedToken === undefined ? {} : { refusedToken },
          ),
      });
      this.#clients.set(sellerId, client);
      return client;
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.map((one) => one.close()));
  }
}
