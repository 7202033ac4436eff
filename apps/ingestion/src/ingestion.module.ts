import type { Clock } from '@mlc/kernel';
import { Database } from '@mlc/postgres';
import { CLOCK, CONFIG, LOGGER } from '@mlc/service-kit';
import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from 'pino';
import { CommandDesk } from './command-desk.js';
import type { IngestionConfig } from './config.js';
import { EventsController } from './events.controller.js';
import { PollDesk } from './poll-desk.js';
import { Rounds } from './rounds.js';
import { WalmartClients } from './walmart-clients.js';

@Module({
  controllers: [EventsController],
  providers: [
    {
      provide: WalmartClients,
      inject: [CONFIG, CLOCK],
      useFactory: (config: IngestionConfig, clock: Clock) => new WalmartClients(config, clock),
    },
    {
      provide: PollDesk,
      inject: [Database, CLOCK, LOGGER, CONFIG, WalmartClients],
      useFactory: (
        ...[db, clock, logger, config, clients]: [
          Database,
          Clock,
          Logger,
          IngestionConfig,
          WalmartClients,
        ]
      ) =>
        new PollDesk({
          db,
          clock,
          logger,
          clientOf: clients.of,
          settings: {
            reads: config.POLL_READS,
            overlapMs: config.POLL_OVERLAP_MS,
            itemRetryMs: config.ITEM_RETRY_MS,
            progressEveryMs: config.PROGRESS_EVERY_MS,
          },
          sellers: config.POLL_SELLERS,
          leaseMs: config.POLL_LEASE_MS,
        }),
    },
    {
      provide: CommandDesk,
      inject: [Database, CLOCK, LOGGER, PollDesk, WalmartClients],
      useFactory: (
        ...[db, clock, logger, polls, clients]: [Database, Clock, Logger, PollDesk, WalmartClients]
      ) => new CommandDesk(db, clock, logger, { polls, clientOf: clients.of }),
    },
    Rounds,
  ],
})
export class IngestionModule implements OnApplicationShutdown {
  constructor(@Inject(WalmartClients) private readonly clients: WalmartClients) {}

  async onApplicationShutdown(): Promise<void> {
    await this.clients.close();
  }
}
