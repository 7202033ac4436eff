import { startService } from '@mlc/service-kit';
import { readConfig } from './config.js';
import { IngestionModule } from './ingestion.module.js';

await startService({
  service: 'ingestion',
  config: readConfig(),
  module: IngestionModule,
  consumers: true,
});
