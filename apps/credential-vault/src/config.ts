import { defineConfig } from '@mlc/service-kit';
import { z } from 'zod';

export type VaultConfig = ReturnType<typeof readConfig>;

export function readConfig() {
  return defineConfig(
    z.object({
      VAULT_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
      /** 32 bytes, base64: the development key-encryption key. */
      VAULT_KEY_FILE: z.string().min(1),
      VAULT_TLS_CERT_FILE: z.string().min(1),
      VAULT_TLS_KEY_FILE: z.string().min(1),
      SERVICE_TOKEN_SECRET_FILE: z.string().min(1),
      /** Walmart's token lives 900 s and is refreshed at 840. */
      WALMART_REFRESH_AFTER_MS: z.coerce.number().int().min(1000).default(840_000),
      CLOUDSUITE_REFRESH_BEFORE_MS: z.coerce.number().int().min(1000).default(300_000),
      /**
       * A token nobody borrowed for this long is not refreshed ahead of time. Longer than CloudSuite's
       * tokens live (two hours): borrowers keep theirs nearly to its end and do not ask in between.
       */
      IDLE_AFTER_MS: z.coerce.number().int().min(1000).default(10_800_000),
    }),
  );
}
