import type { Clock } from '@mlc/kernel';
import { CLOCK, CONFIG, Database, LOGGER, type PeriodicJob, periodic } from '@mlc/service-kit';
import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { Logger } from 'pino';
import type { MappingConfig } from './config.js';
import { recomputeDue } from './recompute-job.js';

/** Runs the recompute when something asked for it, and now and then for what another process left. */
@Injectable()
export class RecomputeSchedule implements OnApplicationBootstrap, OnApplicationShutdown {
  private job: PeriodicJob | null = null;

  constructor(
    private readonly db: Database,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: MappingConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.job = periodic('recompute', this.config.RECOMPUTE_EVERY_MS, async (signal) => {
      await recomputeDue(this.db, this.clock, {
        signal,
        onFailure: (seller, err) => this.logger.error({ seller, err }, 'orders not computed again'),
      });
    });
  }

  kick(): void {
    this.job?.kick();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.job?.stop();
  }
}
