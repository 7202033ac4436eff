import { type Command, type Seller, TOPICS } from '@mlc/events';
import type { Clock } from '@mlc/kernel';
import type { EventBatch } from '@mlc/messaging';
import { CLOCK } from '@mlc/service-kit';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { storeCommands } from './command-desk.js';
import { Rounds } from './rounds.js';
import { upsertSellers } from './seller-registry.js';

/** What is heard is written down; the work it asks for is done elsewhere. */
@Controller()
export class EventsController {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(Rounds) private readonly rounds: Rounds,
  ) {}

  @EventPattern<Record<string, EventBatch<Seller>>>(TOPICS.seller.name)
  async onSellers(batch: EventBatch<Seller>): Promise<void> {
    await upsertSellers(
      batch.tx,
      batch.events.map((event) => event.payload),
    );
    batch.tx.afterCommit(() => this.rounds.kick());
  }

  @EventPattern<Record<string, EventBatch<Command>>>(TOPICS.command.name)
  async onCommands(batch: EventBatch<Command>): Promise<void> {
    const received = batch.events.map(({ payload, market }) => ({ command: payload, market }));
    await storeCommands(batch.tx, received, this.clock.now());
    batch.tx.afterCommit(() => this.rounds.kick());
  }
}
