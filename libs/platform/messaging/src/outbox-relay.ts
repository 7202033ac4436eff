import { randomUUID } from 'node:crypto';
import { crashPoint } from '@mlc/crash-points';
import { type Clock, failure, FailureError, systemClock } from '@mlc/kernel';
import type { Database } from '@mlc/postgres';
import type { EventProducer, KafkaLink } from './kafka-link.js';
import { type Log, nestLog } from './log.js';
import { type Claim, type Claimant, claimNext, releaseHolds } from './outbox-claim.js';
import { onAppended } from './outbox.js';
import { backoffMs, Wakeup } from './waiting.js';

export interface RelayConfig {
  readonly db: Database;
  /** Names the producer whose sequence it is. */
  readonly service: string;
  readonly kafka: KafkaLink;
  readonly log?: Log;
  readonly clock?: Clock;
  /** How long to wait for work nobody announced, that is of other processes. */
  readonly idlePollMs?: number;
  /** How long a partition stays this relay's after its last claim. */
  readonly holdMs?: number;
}

const IDLE_POLL_MS = 250;
/** What a killed process held waits this long. A relay that is slower only repeats what it sends. */
const HOLD_MS = 3_000;
const STOP_LIMIT_MS = 5_000;
const FLUSH_POLL_MS = 100;

/**
 * Carries the outbox of one service to Kafka, in batches, until every in-sync replica has them. A
 * batch that may or may not have arrived is produced again with the same sequence numbers.
 */
export class OutboxRelay {
  private readonly who: Claimant;
  private readonly producer: EventProducer;
  private readonly log: Log;
  private readonly clock: Clock;
  private readonly wakeup = new Wakeup();
  private readonly passed = new Wakeup();
  private sent: readonly Claim[] = [];
  private running: Promise<void> | undefined;
  private stopAt = Number.POSITIVE_INFINITY;
  private forget: () => void = () => undefined;
  /** Since when nothing could be produced, or null; for the health answer. */
  failure: { readonly message: string } | null = null;

  constructor(private readonly config: RelayConfig) {
    const { db, service, holdMs = HOLD_MS } = config;
    this.who = { db, service, holdMs, holder: `${service}/${randomUUID()}` };
    this.producer = config.kafka.producer();
    this.log = config.log ?? nestLog('OutboxRelay');
    this.clock = config.clock ?? systemClock();
  }

  start(): void {
    if (this.running) return;
    this.forget = onAppended(this.config.db.schema, () => this.kick());
    this.running = this.run();
  }

  /** There may be work: look now. */
  kick(): void {
    this.wakeup.wake();
  }

  /** Sends what is there, within `limitMs`, and ends; what is left is the next relay's. */
  async stop(limitMs = STOP_LIMIT_MS): Promise<void> {
    if (!this.running) return;
    this.stopAt = this.clock.monotonicMs() + limitMs;
    this.kick();
    await this.running;
    this.running = undefined;
    this.forget();
    await releaseHolds(this.who);
    await this.producer.close();
  }

  /** Events that Kafka does not have yet. */
  async backlog(): Promise<number> {
    const { db } = this.config;
    const rows = await db.asSystem((tx) =>
      tx.query<{ waiting: number }>(`SELECT count(*)::int AS waiting FROM ${db.schema}.outbox`),
    );
    return rows[0]?.waiting ?? 0;
  }

  /** Resolves when Kafka has acknowledged these events (ids of drafts whose transaction committed). */
  async flush(schema: string, ids: readonly string[], timeoutMs: number): Promise<void> {
    const { db } = this.config;
    const end = this.clock.monotonicMs() + timeoutMs;
    for (;;) {
      this.kick();
      const waiting = await db.asSystem((tx) =>
        tx.query(`SELECT 1 FROM ${schema}.outbox WHERE event_id = ANY($1::text[]) LIMIT 1`, [ids]),
      );
      if (waiting.length === 0) return;
      const leftMs = end - this.clock.monotonicMs();
      if (leftMs <= 0) throw notAcknowledged(timeoutMs, this.failure?.message);
      await this.passed.wait(Math.min(leftMs, FLUSH_POLL_MS));
    }
  }

  private async run(): Promise<void> {
    let connected = false;
    let failures = 0;
    for (;;) {
      const stopping = Number.isFinite(this.stopAt);
      try {
        if (!connected) await this.producer.connect();
        connected = true;
        const worked = await this.cycle();
        failures = 0;
        this.failure = null;
        if (worked) continue;
        if (stopping) return;
        await this.wakeup.wait(this.config.idlePollMs ?? IDLE_POLL_MS);
      } catch (error) {
        failures += 1;
        this.failure = { message: messageOf(error) };
        this.log.error({ err: error, attempt: failures }, 'outbox not relayed, trying again');
        const leftMs = this.stopAt - this.clock.monotonicMs();
        if (leftMs <= 0) return;
        await this.wakeup.wait(Math.min(backoffMs(failures), leftMs));
      }
      if (this.clock.monotonicMs() >= this.stopAt) return;
    }
  }

  /** Forgets what Kafka has, then claims and produces what comes next; false when there was nothing. */
  private async cycle(): Promise<boolean> {
    const claims = await claimNext(this.who, this.sent);
    this.sent = [];
    this.passed.wake();
    if (claims.length === 0) return false;
    await this.producer.send(claims);
    crashPoint('relay.after-produce-before-mark');
    this.sent = claims;
    return true;
  }
}

function notAcknowledged(timeoutMs: number, why: string | undefined): FailureError {
  return new FailureError(
    failure(
      'unavailable',
      'relay.not-acknowledged',
      `Kafka did not acknowledge the events within ${timeoutMs} ms${why ? ` (${why})` : ''}. They stay in the outbox and are sent when it does.`,
    ),
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error';
}
