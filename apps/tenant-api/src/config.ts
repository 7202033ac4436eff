import { defineConfig } from '@mlc/service-kit';
import { z } from 'zod';

export type TenantConfig = ReturnType<typeof readConfig>;

export function readConfig() {
  return defineConfig(
    z.object({
      TENANT_API_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
      /** Holds the first admin key, `wmc_live_<id>_<secret>`, on one line. */
      ADMIN_API_KEY_FILE: z.string().min(1),
      SERVICE_TOKEN_SECRET_FILE: z.string().min(1),
      VAULT_URL: z.url({ protocol: /^https$/ }),
      PING_TIMEOUT_MS: z.coerce.number().int().min(100).max(60_000).default(30_000),
    }),
  );
}
