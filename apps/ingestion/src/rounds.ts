import { CONFIG, periodic, type PeriodicJob } from '@mlc/service-kit';
import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { CommandDesk } from './command-desk.js';
import type { IngestionConfig } from './config.js';
import { PollDesk } from './poll-desk.js';

/** Looks, every tick, at who is due and what was asked. */
@Injectable()
export class Rounds implements OnApplicationBootstrap, OnApplicationShutdown {
  private jobs: readonly PeriodicJob[] = [];

  constructor(
    @Inject(PollDesk) private readonly polls: PollDesk,
    @Inject(CommandDesk) private readonly commands: CommandDesk,
    @Inject(CONFIG) private readonly config: IngestionConfig,
  ) {}

  onApplicationBootstrap(): void {
    const everyMs = this.config.POLL_TICK_MS;
    this.jobs = [
      periodic('poll-sellers', everyMs, () => this.polls.startDue()),
      periodic('answer-commands', everyMs, () => this.commands.startOpen()),
    ];
  }

  kick(): void {
    for (const job of this.jobs) job.kick();
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.jobs.map((job) => job.stop()));
    await this.polls.stop();
    await this.commands.stop();
  }
}
