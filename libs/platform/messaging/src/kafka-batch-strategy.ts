import { crashPoint } from '@mlc/crash-points';
import { failure, FailureError, invariant } from '@mlc/kernel';
import type { Database } from '@mlc/postgres';
import { BaseRpcContext, type CustomTransportStrategy, Server } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import { appliedOffset, applySlice, type Deliver, type Slice } from './apply-slice.js';
import type { AssignedPartition, EventConsumer, FetchedBatch, KafkaLink } from './kafka-link.js';
import { type Log, nestLog } from './log.js';
import { parkedSellers, releaseParked } from './parked.js';
import { backoffMs, Wakeup } from './waiting.js';

export interface StrategyConfig {
  readonly db: Database;
  /** The consumer group. */
  readonly service: string;
  readonly kafka: KafkaLink;
  readonly log?: Log;
  /** Partitions worked on at the same time. */
  readonly concurrency?: number;
  /** Called when the client gives up for good. Default: the error is thrown, uncaught. */
  readonly onFatal?: (error: Error) => void;
}

export interface StuckPartition {
  readonly topic: string;
  readonly partition: number;
  readonly attempts: number;
  readonly message: string;
}

const CONCURRENCY = 3;
/** Messages in one transaction. */
const SLICE_MESSAGES = 500;
const READ_AGAIN = 'Kafka is ahead of our database: reading again from our offset';
/** Well within the session's 10 s. */
const HEARTBEAT_EVERY_MS = 1_000;
/** A slice takes milliseconds; one that takes this long is given up by the group. */
const MAX_SLICE_MS = 60_000;

/**
 * Hands batches of events to `@EventPattern(topic)` handlers: `handle(batch: EventBatch)`. Each slice is
 * one transaction, which also stores the offset to go on from; Kafka's own offset is committed after
 * it. A handler that throws gets the same slice again, later: order is kept, nothing is skipped.
 */
export class KafkaBatchStrategy extends Server implements CustomTransportStrategy {
  /** Nest leaves reporting a handler's error to us. */
  override readonly propagatesEventHandlerErrors = true;
  private readonly log: Log;
  private readonly stopped = new Wakeup();
  private readonly stuckAt = new Map<string, StuckPartition>();
  /** Per partition: the offset expected next, and where reading was last sent to. */
  private readonly expected = new Map<string, bigint>();
  private readonly soughtTo = new Map<string, bigint>();
  private consumer: EventConsumer | undefined;
  private closing: Promise<void> | undefined;
  private isClosing = false;

  constructor(private readonly config: StrategyConfig) {
    super();
    this.log = config.log ?? nestLog('KafkaBatchStrategy');
  }

  /** Calls back when the group was joined, or with what kept it from joining. */
  listen(callback: (error?: unknown) => void): void {
    this.join().then(() => callback(), callback);
  }

  /** Lets slices in work end, commits them and leaves the group. */
  close(): Promise<void> {
    this.isClosing = true;
    this.stopped.wake();
    this.closing ??= this.consumer?.stop() ?? Promise.resolve();
    return this.closing;
  }

  override on(): never {
    throw new Error('this transport has no listeners; ask stuck()');
  }

  override unwrap<T>(): T {
    throw new Error('the Kafka client is not to be used past the strategy');
  }

  /** Partitions whose current slice failed, with the last error. */
  stuck(): readonly StuckPartition[] {
    return [...this.stuckAt.values()];
  }

  private async join(): Promise<void> {
    const topics = [...this.messageHandlers.keys()];
    for (const topic of topics) {
      invariant(!this.messageHandlers.get(topic)?.next, `two handlers for ${topic}`);
      for (const seller of await parkedSellers(this.config.db, topic)) {
        await releaseParked(this.config.db, { topic, seller }, this.deliver);
      }
    }
    if (topics.length === 0 || this.isClosing) return;
    this.consumer = this.config.kafka.consumer({
      group: this.config.service,
      topics,
      concurrency: this.config.concurrency ?? CONCURRENCY,
      onBatch: (batch) => this.work(batch),
      onJoined: (partitions) => this.startFromLower(partitions),
      onFatal: this.config.onFatal ?? throwUncaught,
    });
    await this.consumer.start();
  }

  private async work(batch: FetchedBatch): Promise<void> {
    const { topic, partition, messages } = batch;
    if (messages.length === 0) return;
    if (!(await this.untilDone(batch, () => this.startsWhereExpected(batch)))) return;
    for (let from = 0; from < messages.length; from += SLICE_MESSAGES) {
      if (!batch.isCurrent()) return;
      const slice = { topic, partition, messages: messages.slice(from, from + SLICE_MESSAGES) };
      const next = (slice.messages.at(-1)?.offset ?? 0n) + 1n;
      const applied = await this.untilDone(batch, async () => {
        await this.apply(slice);
        return true;
      });
      if (!applied) return;
      crashPoint('consumer.after-commit-before-offset');
      this.expected.set(placeOf(batch), next);
      await batch.commit(next);
      await batch.heartbeat();
    }
  }

  /** Tries until it succeeds; false when the batch must be given up instead. */
  private async untilDone(batch: FetchedBatch, work: () => Promise<boolean>): Promise<boolean> {
    const place = placeOf(batch);
    for (let attempts = 1; ; attempts += 1) {
      try {
        const done = await beating(batch, work);
        this.stuckAt.delete(place);
        return done;
      } catch (error) {
        const { topic, partition } = batch;
        const message = error instanceof Error ? error.message : 'unknown error';
        this.stuckAt.set(place, { topic, partition, attempts, message });
        this.log.error({ err: error, topic, partition, attempt: attempts }, 'slice not applied');
      }
      for (let leftMs = backoffMs(attempts); leftMs > 0; leftMs -= HEARTBEAT_EVERY_MS) {
        if (!this.isClosing) await this.stopped.wait(Math.min(leftMs, HEARTBEAT_EVERY_MS));
        if (this.isClosing || !batch.isCurrent()) return false;
        await batch.heartbeat();
      }
    }
  }

  /**
   * The start is the lower of our applied offset and Kafka's: when Kafka's is ahead (our database was
   * put back), reading is sent back, even if no further message comes.
   */
  private async startFromLower(partitions: readonly AssignedPartition[]): Promise<void> {
    const { db } = this.config;
    this.expected.clear();
    for (const one of partitions) {
      if (one.committed === null) continue;
      const applied = (await appliedOffset(db, one.topic, one.partition)) ?? 0n;
      if (applied >= one.committed) continue;
      this.log.warn({ topic: one.topic, partition: one.partition }, READ_AGAIN);
      one.seek(applied);
    }
  }

  /**
   * What is fetched must not begin behind what was applied. When Kafka does not have the offset it was
   * sent back to, its messages are gone: an error, never a reason to go on from elsewhere.
   */
  private async startsWhereExpected(batch: FetchedBatch): Promise<boolean> {
    const place = placeOf(batch);
    const first = batch.messages[0]?.offset ?? 0n;
    const known = this.expected.get(place);
    if (known !== undefined && first <= known) return true;
    const applied = await appliedOffset(this.config.db, batch.topic, batch.partition);
    const expected = applied ?? 0n;
    if (first <= expected || (applied === null && this.soughtTo.get(place) === 0n)) {
      this.expected.set(place, first);
      this.soughtTo.delete(place);
      return true;
    }
    if (this.soughtTo.get(place) === expected) throw outOfRange(batch, expected, first);
    this.log.warn({ topic: batch.topic, partition: batch.partition }, READ_AGAIN);
    this.soughtTo.set(place, expected);
    batch.seek(expected);
    return false;
  }

  private async apply(slice: Slice): Promise<void> {
    const { topic, partition } = slice;
    const outcome = await applySlice(this.config.db, slice, this.deliver);
    for (const { offset, reason } of outcome.setAside) {
      const fields = { topic, partition, offset: offset.toString(), reason };
      this.log.error(fields, 'message set aside');
    }
    for (const seller of outcome.parkedSellers) {
      this.log.warn({ topic, partition, seller }, 'messages parked: newer than this release');
      await releaseParked(this.config.db, { topic, seller }, this.deliver);
    }
  }

  /**
   * Nest's proxy resolves a failed handler to an Observable that errors, and one behind an interceptor
   * runs only when it is subscribed to: so the answer is subscribed to, and the error thrown here.
   */
  private readonly deliver: Deliver = async (batch) => {
    const handler = this.messageHandlers.get(batch.topic);
    invariant(handler, `no handler for ${batch.topic}`);
    const context = new BaseRpcContext([batch.topic, batch.partition]);
    const answer: unknown = await handler(batch, context);
    if (isObservable(answer)) await lastValueFrom(answer, { defaultValue: undefined });
  };
}

/** A strategy for `app.connectMicroservice({ strategy }, { inheritAppConfig: true })`. */
export function createStrategy(config: StrategyConfig): KafkaBatchStrategy {
  return new KafkaBatchStrategy(config);
}

/** Keeps the membership while a slice is applied, for as long as a slice may reasonably take. */
async function beating<T>(batch: FetchedBatch, work: () => Promise<T>): Promise<T> {
  let beats = MAX_SLICE_MS / HEARTBEAT_EVERY_MS;
  const timer = setInterval(() => {
    beats -= 1;
    // A rebalance is met by the heartbeat after the slice, where the batch can be given up.
    if (beats > 0) batch.heartbeat().catch(() => undefined);
  }, HEARTBEAT_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

function placeOf({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}/${partition}`;
}

function outOfRange(batch: FetchedBatch, expected: bigint, first: bigint): FailureError {
  return new FailureError(
    failure(
      'invalid',
      'messaging.offset-out-of-range',
      `${placeOf(batch)}: offset ${expected} is wanted, Kafka's oldest is ${first}. Messages expired ` +
        'unread: let their producer publish its state again, then correct next_offset in consumer_offset.',
    ),
  );
}

function throwUncaught(error: Error): void {
  process.nextTick(() => {
    throw error;
  });
}
