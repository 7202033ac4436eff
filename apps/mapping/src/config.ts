import { defineConfig } from '@mlc/service-kit';
import { z } from 'zod';

export function readConfig() {
  return defineConfig(
    z.object({
      /** How often to look for recomputes that nobody in this process asked for. */
      RECOMPUTE_EVERY_MS: z.coerce.number().int().min(50).max(600_000).default(2_000),
    }),
  );
}

export type MappingConfig = ReturnType<typeof readConfig>;
