import 'reflect-metadata';
import { startService } from '@mlc/service-kit';
import { readConfig } from './config.js';
import { MappingModule } from './mapping.module.js';

await startService({
  service: 'mapping',
  config: readConfig(),
  module: MappingModule,
  consumers: true,
});
