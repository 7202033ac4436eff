import { readFileSync } from 'node:fs';
import { serviceSecret, VaultClient } from '@mlc/credentials';
import { createHttpClient, type HttpClient } from '@mlc/http';
import type { Clock } from '@mlc/kernel';
import { CLOCK, CONFIG, Database } from '@mlc/service-kit';
import {
  Inject,
  Injectable,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { PassportModule } from '@nestjs/passport';
import { ApiKeyGuard, ApiKeyStrategy } from './api/api-key.guard.js';
import { keepFirstKey } from './api/api-keys.js';
import { LinesController } from './api/lines.controller.js';
import { SellersController } from './api/sellers.controller.js';
import type { TenantConfig } from './config.js';
import { ReadModelConsumer } from './read-model/read-model.consumer.js';

const VAULT_HTTP = Symbol('VAULT_HTTP');

/** Takes in the operator's key before the first request, and closes the way to the vault at the end. */
@Injectable()
class FirstKey implements OnModuleInit, OnApplicationShutdown {
  constructor(
    @Inject(Database) private readonly db: Database,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: TenantConfig,
    @Inject(VAULT_HTTP) private readonly vaultHttp: HttpClient,
  ) {}

  async onModuleInit(): Promise<void> {
    const key = readFileSync(this.config.ADMIN_API_KEY_FILE, 'utf8');
    await keepFirstKey(this.db, this.clock, key);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.vaultHttp.close();
  }
}

@Module({
  imports: [PassportModule],
  controllers: [SellersController, LinesController, ReadModelConsumer],
  providers: [
    {
      provide: VAULT_HTTP,
      inject: [CONFIG, CLOCK],
      // Its own client: nothing but the vault can be reached from here.
      useFactory: (config: TenantConfig, clock: Clock) =>
        createHttpClient({
          allowedHosts: [new URL(config.VAULT_URL).host],
          allowedSuffixes: [],
          ...(config.INTERNAL_CA_FILE === undefined ? {} : { caFile: config.INTERNAL_CA_FILE }),
          clock,
        }),
    },
    {
      provide: VaultClient,
      inject: [CONFIG, CLOCK, VAULT_HTTP],
      useFactory: (config: TenantConfig, clock: Clock, http: HttpClient) =>
        new VaultClient({
          url: config.VAULT_URL.replace(/\/$/, ''),
          http,
          clock,
          secret: serviceSecret(readFileSync(config.SERVICE_TOKEN_SECRET_FILE, 'utf8')),
          service: 'tenant-api',
        }),
    },
    ApiKeyStrategy,
    { provide: APP_GUARD, useClass: ApiKeyGuard },
    FirstKey,
  ],
})
export class TenantApiModule {}
