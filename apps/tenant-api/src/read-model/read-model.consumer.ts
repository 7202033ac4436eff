import { sealBatch } from '@mlc/audit';
import {
  auditRecorded,
  commandAnswered,
  type Envelope,
  type EventType,
  flowProgressed,
  journalOutcomesDecided,
  lineStatesChanged,
  TOPICS,
} from '@mlc/events';
import { type EventBatch, KeepHandlerError } from '@mlc/messaging';
import { Controller, UseFilters } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { projectAnswers, projectFlows } from './project-flows.js';
import { projectLines } from './project-lines.js';
import { projectOutcomes } from './project-outcomes.js';

/** What Nest hands a handler, by topic. */
type Topics = Record<string, EventBatch>;

/** Feeds the read model; each batch is one transaction, and again is as good as once. */
@Controller()
@UseFilters(KeepHandlerError)
export class ReadModelConsumer {
  @EventPattern<Topics>(TOPICS.line.name)
  async lines(batch: EventBatch): Promise<void> {
    await projectLines(batch.tx, only(lineStatesChanged, batch));
  }

  @EventPattern<Topics>(TOPICS.posting.name)
  async outcomes(batch: EventBatch): Promise<void> {
    await projectOutcomes(batch.tx, only(journalOutcomesDecided, batch));
  }

  @EventPattern<Topics>(TOPICS.flow.name)
  async flows(batch: EventBatch): Promise<void> {
    await projectFlows(batch.tx, only(flowProgressed, batch));
  }

  @EventPattern<Topics>(TOPICS.answer.name)
  async answers(batch: EventBatch): Promise<void> {
    await projectAnswers(batch.tx, only(commandAnswered, batch));
  }

  @EventPattern<Topics>(TOPICS.audit.name)
  async auditRecords(batch: EventBatch): Promise<void> {
    await sealBatch(batch.tx, only(auditRecorded, batch));
  }
}

/** The events of one type; a topic may carry others, which say nothing to the read model. */
function only<P>(type: EventType<P>, { events }: EventBatch): Envelope<P>[] {
  return events.filter((event) => event.type === type.type) as Envelope<P>[];
}
