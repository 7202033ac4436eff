import { defineConfig } from '@mlc/service-kit';
import { z } from 'zod';

const ms = (min: number, max: number, otherwise: number) =>
  z.coerce.number().int().min(min).max(max).default(otherwise);

export type IngestionConfig = ReturnType<typeof readConfig>;

export function readConfig() {
  return defineConfig(
    z.object({
      VAULT_URL: z.url({ protocol: /^https$/ }),
      SERVICE_TOKEN_SECRET_FILE: z.string().min(1),
      POLL_TICK_MS: ms(10, 60_000, 500),
      /** Sellers polled at the same time. */
      POLL_SELLERS: z.coerce.number().int().min(1).max(64).default(4),
      /** Orders and items of one seller read at the same time. */
      POLL_READS: z.coerce.number().int().min(1).max(64).default(12),
      /** A poll that stops renewing for this long may be taken over. */
      POLL_LEASE_MS: ms(2_000, 600_000, 15_000),
      /** How far a window reaches back behind what is stored: orders become visible late. */
      POLL_OVERLAP_MS: ms(0, 86_400_000, 3_600_000),
      /** An item Walmart did not know is asked for again after this. */
      ITEM_RETRY_MS: ms(0, 86_400_000, 3_600_000),
      PROGRESS_EVERY_MS: ms(100, 60_000, 2_000),
      WALMART_TIMEOUT_MS: ms(100, 300_000, 30_000),
    }),
  );
}
