import { startService } from '@mlc/service-kit';
import { readConfig } from './config.js';
import { GlPostingModule } from './gl-posting.module.js';

await startService({
  service: 'gl-posting',
  config: readConfig(),
  module: GlPostingModule,
  consumers: true,
});
