import { startService } from '@mlc/service-kit';
import { readConfig } from './config.js';
import { TenantApiModule } from './tenant-api.module.js';

const config = readConfig();

await startService({
  service: 'tenant-api',
  config,
  module: TenantApiModule,
  consumers: true,
  http: { port: config.TENANT_API_PORT },
});
