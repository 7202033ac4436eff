import { z } from 'zod';
import { defineConfig, startService } from '../index.js';
import { AnswersModule } from './answers-service.js';

const config = defineConfig(z.object({ ANSWERS_PORT: z.coerce.number().int().min(0) }));

await startService({
  service: 'tenant-api',
  config,
  module: AnswersModule,
  consumers: true,
  http: { port: config.ANSWERS_PORT, bodyLimitBytes: 200_000 },
});
