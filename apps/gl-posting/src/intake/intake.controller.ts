import { type Command, type JournalPayload, type Seller, TOPICS } from '@mlc/events';
import type { Clock } from '@mlc/kernel';
import type { EventBatch } from '@mlc/messaging';
import { CLOCK } from '@mlc/service-kit';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { takeCommands } from '../commands/take-commands.js';
import { PostingWork } from '../posting-work.js';
import { acceptJournals } from './accept-journals.js';
import { registerSellers } from './register-sellers.js';

/** What gl-posting hears. Nothing slow runs here: rows are written, then the work is woken. */
@Controller()
export class IntakeController {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(PostingWork) private readonly work: PostingWork,
  ) {}

  @EventPattern<Record<string, EventBatch<JournalPayload>>>(TOPICS.journal.name)
  async journals(batch: EventBatch<JournalPayload>): Promise<void> {
    const { events } = batch;
    await acceptJournals(batch.tx, this.clock, events);
    const sellers = [...new Set(events.map((event) => event.seller))];
    batch.tx.afterCommit(() => this.work.journalsCame(sellers));
  }

  @EventPattern<Record<string, EventBatch<Seller>>>(TOPICS.seller.name)
  async sellers(batch: EventBatch<Seller>): Promise<void> {
    const { events } = batch;
    await registerSellers(
      batch.tx,
      events.map((event) => event.payload),
    );
    const sellers = [...new Set(events.map((event) => event.seller))];
    batch.tx.afterCommit(() => this.work.journalsCame(sellers));
  }

  @EventPattern<Record<string, EventBatch<Command>>>(TOPICS.command.name)
  async commands(batch: EventBatch<Command>): Promise<void> {
    const taken = await takeCommands(batch.tx, batch.events);
    if (taken > 0) batch.tx.afterCommit(() => this.work.commandsCame());
  }
}
