import type { Clock } from '@mlc/kernel';
import { CLOCK, CONFIG, Database, LOGGER, OutboxRelay } from '@mlc/service-kit';
import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from 'pino';
import type { PostingConfig } from './config.js';
import { IntakeController } from './intake/intake.controller.js';
import { Ledgers } from './ledgers.js';
import { PostingWork } from './posting-work.js';

@Module({
  controllers: [IntakeController],
  providers: [
    {
      provide: Ledgers,
      inject: [CONFIG, CLOCK],
      useFactory: (config: PostingConfig, clock: Clock) => new Ledgers(config, clock),
    },
    {
      provide: PostingWork,
      inject: [Database, OutboxRelay, CLOCK, LOGGER, CONFIG, Ledgers],
      useFactory: (
        ...[db, anchor, clock, log, settings, ledgers]: [
          Database,
          OutboxRelay,
          Clock,
          Logger,
          PostingConfig,
          Ledgers,
        ]
      ) => new PostingWork({ db, anchor, clock, log, settings, ledgerOf: ledgers.of }),
    },
  ],
})
export class GlPostingModule implements OnApplicationShutdown {
  constructor(@Inject(Ledgers) private readonly ledgers: Ledgers) {}

  /** After the work has ended: Nest runs the hooks of providers first. */
  async onApplicationShutdown(): Promise<void> {
    await this.ledgers.close();
  }
}
