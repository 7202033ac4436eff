import { readFileSync } from 'node:fs';
import { type OpenVault, openVault, VaultClient } from '@mlc/credentials';
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

const VAULT = Symbol('VAULT');

/** Takes in the operator's key before the first request, and closes the way to the vault at the end. */
@Injectable()
class FirstKey implements OnModuleInit, OnApplicationShutdown {
  constructor(
    @Inject(Database) private readonly db: Database,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: TenantConfig,
    @Inject(VAULT) private readonly vault: OpenVault,
  ) {}

  async onModuleInit(): Promise<void> {
    const key = readFileSync(this.config.ADMIN_API_KEY_FILE, 'utf8');
    await keepFirstKey(this.db, this.clock, key);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.vault.close();
  }
}

@Module({
  imports: [PassportModule],
  controllers: [SellersController, LinesController, ReadModelConsumer],
  providers: [
    {
      provide: VAULT,
      inject: [CONFIG, CLOCK],
      useFactory: (config: TenantConfig, clock: Clock) => openVault(config, 'tenant-api', clock),
    },
    { provide: VaultClient, inject: [VAULT], useFactory: (vault: OpenVault) => vault.client },
    ApiKeyStrategy,
    { provide: APP_GUARD, useClass: ApiKeyGuard },
    FirstKey,
  ],
})
export class TenantApiModule {}
