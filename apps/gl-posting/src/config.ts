import { defineConfig } from '@mlc/service-kit';
import { invariant } from '@mlc/kernel';
import { z } from 'zod';
import { postingSettings } from './settings.js';

export type PostingConfig = ReturnType<typeof readConfig>;

export function readConfig() {
  const config = defineConfig(
    postingSettings.extend({
      VAULT_URL: z.url({ protocol: /^https$/ }),
      SERVICE_TOKEN_SECRET_FILE: z.string().min(1),
    }),
  );
  invariant(
    config.LEASE_TTL_MS > config.CALL_TIMEOUT_MS,
    'LEASE_TTL_MS must be longer than CALL_TIMEOUT_MS: a lease outlives the calls made under it',
  );
  return config;
}
