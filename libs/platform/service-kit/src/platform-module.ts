import type { Clock } from '@mlc/kernel';
import { OutboxRelay } from '@mlc/messaging';
import { Database } from '@mlc/postgres';
import { type DynamicModule, Module } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import type { Logger } from 'pino';
import type { KitConfig } from './config.js';
import { jobs } from './periodic.js';
import { CLOCK, CONFIG, LOGGER } from './tokens.js';

export interface PlatformParts {
  readonly db: Database;
  readonly relay: OutboxRelay;
  readonly clock: Clock;
  readonly log: Logger;
  readonly config: KitConfig;
}

/** Makes the platform injectable everywhere: Database, OutboxRelay, CLOCK, LOGGER, CONFIG. */
@Module({})
export class PlatformModule {
  static forService(parts: PlatformParts): DynamicModule {
    const providers = [
      { provide: Database, useValue: parts.db },
      { provide: OutboxRelay, useValue: parts.relay },
      { provide: CLOCK, useValue: parts.clock },
      { provide: LOGGER, useValue: parts.log },
      { provide: CONFIG, useValue: parts.config },
      { provide: SchedulerRegistry, useValue: jobs },
    ];
    return {
      module: PlatformModule,
      global: true,
      providers,
      exports: providers.map(({ provide }) => provide),
    };
  }
}
