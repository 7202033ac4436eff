import { readFileSync } from 'node:fs';
import { CLOUDSUITE_SUFFIXES } from '@mlc/cloudsuite';
import { serviceSecret } from '@mlc/credentials';
import { createHttpClient } from '@mlc/http';
import type { Clock } from '@mlc/kernel';
import { CLOCK, CONFIG, Database, LOGGER, periodic, type PeriodicJob } from '@mlc/service-kit';
import { WALMART_SUFFIXES } from '@mlc/walmart';
import {
  Inject,
  Injectable,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { Logger } from 'pino';
import type { VaultConfig } from './config.js';
import { TokenDesk } from './lend-token.js';
import { keyFileProvider } from './sealing.js';
import { ALLOWED_HOSTS, SERVICE_SECRET } from './tokens.js';
import { VaultController } from './vault.controller.js';
import { VaultStore } from './vault-store.js';

const REFRESH_TICK_MS = 10_000;

/** Refreshes tokens in use before they end, so that no call ever waits for a login. */
@Injectable()
class RefreshTick implements OnApplicationBootstrap, OnApplicationShutdown {
  private job: PeriodicJob | null = null;

  constructor(
    @Inject(TokenDesk) private readonly desk: TokenDesk,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: VaultConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.job = periodic('refresh-tokens', REFRESH_TICK_MS, async () => {
      const failed = await this.desk.refreshDue(this.clock.now() - this.config.IDLE_AFTER_MS);
      for (const { seller, system, code } of failed) {
        this.logger.warn({ seller, system, code }, 'token not refreshed ahead of time');
      }
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.job?.stop();
  }
}

@Module({
  controllers: [VaultController],
  providers: [
    {
      provide: VaultStore,
      inject: [Database, CLOCK, CONFIG],
      useFactory: (db: Database, clock: Clock, config: VaultConfig) =>
        new VaultStore(db, keyFileProvider(readFileSync(config.VAULT_KEY_FILE, 'utf8')), clock),
    },
    {
      provide: TokenDesk,
      inject: [VaultStore, Database, CLOCK, CONFIG],
      useFactory: (store: VaultStore, db: Database, clock: Clock, config: VaultConfig) =>
        new TokenDesk(
          store,
          db,
          createHttpClient({
            allowedHosts: config.OUTBOUND_ALLOWED_HOSTS,
            allowedSuffixes: [...WALMART_SUFFIXES, ...CLOUDSUITE_SUFFIXES],
            ...(config.OUTBOUND_CA_FILE === undefined ? {} : { caFile: config.OUTBOUND_CA_FILE }),
            clock,
          }),
          clock,
          {
            walmartRefreshAfterMs: config.WALMART_REFRESH_AFTER_MS,
            cloudsuiteRefreshBeforeMs: config.CLOUDSUITE_REFRESH_BEFORE_MS,
            allowedHosts: config.OUTBOUND_ALLOWED_HOSTS,
          },
        ),
    },
    {
      provide: SERVICE_SECRET,
      inject: [CONFIG],
      useFactory: (config: VaultConfig) =>
        serviceSecret(readFileSync(config.SERVICE_TOKEN_SECRET_FILE, 'utf8')),
    },
    {
      provide: ALLOWED_HOSTS,
      inject: [CONFIG],
      useFactory: (config: VaultConfig) => config.OUTBOUND_ALLOWED_HOSTS,
    },
    RefreshTick,
  ],
})
export class CredentialVaultModule {}
