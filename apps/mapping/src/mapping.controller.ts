import {
  journalOutcomesDecided,
  type JournalOutcomes,
  type OrderSnapshot,
  type RuleSet,
  type RunGroupFrozen,
  type Seller,
  TOPICS,
} from '@mlc/events';
import type { Clock } from '@mlc/kernel';
import type { EventBatch } from '@mlc/messaging';
import { CLOCK } from '@mlc/service-kit';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { applyOutcomes } from './apply-outcomes.js';
import { mapSnapshots } from './map-snapshots.js';
import { RecomputeSchedule } from './recompute-schedule.js';
import { recordRuleSets, recordSellers } from './seller-registry.js';

type Payloads<P> = Record<string, EventBatch<P>>;

/** What mapping listens to. Every handler is idempotent by state and runs in its slice's transaction. */
@Controller()
export class MappingController {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly recompute: RecomputeSchedule,
  ) {}

  @EventPattern<Payloads<OrderSnapshot>>(TOPICS.order.name)
  async onSnapshots({ tx, events }: EventBatch<OrderSnapshot>): Promise<void> {
    await mapSnapshots(tx, events, this.clock);
  }

  @EventPattern<Payloads<Seller>>(TOPICS.seller.name)
  async onSellers({ tx, events }: EventBatch<Seller>): Promise<void> {
    await recordSellers(
      tx,
      events.map(({ seller, payload }) => ({ ...payload, sellerId: seller })),
    );
    tx.afterCommit(() => this.recompute.kick());
  }

  @EventPattern<Payloads<RuleSet>>(TOPICS.ruleSet.name)
  async onRuleSets({ tx, events }: EventBatch<RuleSet>): Promise<void> {
    await recordRuleSets(
      tx,
      events.map(({ seller, payload }) => ({ ...payload, sellerId: seller })),
    );
    tx.afterCommit(() => this.recompute.kick());
  }

  @EventPattern<Payloads<JournalOutcomes | RunGroupFrozen>>(TOPICS.posting.name)
  async onOutcomes({ tx, events }: EventBatch<JournalOutcomes | RunGroupFrozen>): Promise<void> {
    const decided = (events as EventBatch<JournalOutcomes>['events']).filter(
      ({ type }) => type === journalOutcomesDecided.type,
    );
    if (decided.length > 0) await applyOutcomes(tx, decided, this.clock);
  }
}
