import { randomUUID } from 'node:crypto';
import { draft, type FlowProgress, flowProgressed, type Seller } from '@mlc/events';
import { type Clock, type EpochMs, type Failure, isoInstant } from '@mlc/kernel';
import { appendToOutbox } from '@mlc/messaging';
import type { Tx } from '@mlc/postgres';

export type PollTrigger = FlowProgress['trigger'];

export interface PollCounts {
  pages: number;
  ordersListed: number;
  linesListed: number;
  ordersRead: number;
  snapshotsAdded: number;
  linesAdded: number;
}

const MAX_MESSAGE_CHARS = 1000;

/** Tells where a poll stands: when it begins, every so often, and when it ends. */
export class PollProgress {
  readonly pollId = randomUUID();
  readonly counts: PollCounts = {
    pages: 0,
    ordersListed: 0,
    linesListed: 0,
    ordersRead: 0,
    snapshotsAdded: 0,
    linesAdded: 0,
  };
  readonly startedAt: EpochMs;
  #watermark: EpochMs | null = null;
  #publishedMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly seller: Seller,
    private readonly trigger: PollTrigger,
    private readonly clock: Clock,
    private readonly everyMs: number,
  ) {
    this.startedAt = clock.now();
  }

  /** Up to where the seller's orders are stored completely; null before the first whole poll. */
  get watermark(): EpochMs | null {
    return this.#watermark;
  }

  async publishDue(tx: Tx): Promise<void> {
    if (this.clock.monotonicMs() - this.#publishedMs >= this.everyMs) await this.publish(tx);
  }

  /** `end`: the last publication of this poll; without a failure it moves the watermark. */
  async publish(
    tx: Tx,
    end?: { readonly failure: Failure | null; readonly readUpTo: EpochMs },
  ): Promise<void> {
    const reached = end && !end.failure ? isoInstant(end.readUpTo) : null;
    const [flow] = await tx.query<{ version: number; watermarkMs: number | null }>(
      `insert into ingestion.order_flow as flow (seller_id, watermark, progress_version)
       values ($1, $2, 1)
       on conflict (seller_id) do update
         set progress_version = flow.progress_version + 1,
             watermark = greatest(flow.watermark, excluded.watermark)
       returning progress_version as version,
         (extract(epoch from watermark) * 1000)::float8 as "watermarkMs"`,
      [this.seller.sellerId, reached],
    );
    this.#watermark = flow?.watermarkMs ?? null;
    this.#publishedMs = this.clock.monotonicMs();
    const version = flow?.version ?? 1;
    const now = this.clock.now();
    await appendToOutbox(tx, 'ingestion', [
      draft(flowProgressed, {
        seller: this.seller.sellerId,
        market: this.seller.market,
        occurredAt: now,
        correlationId: this.pollId,
        identity: [this.seller.sellerId, String(version)],
        payload: {
          flow: 'orders',
          pollId: this.pollId,
          version,
          trigger: this.trigger,
          startedAt: isoInstant(this.startedAt),
          endedAt: end ? isoInstant(now) : null,
          ...this.counts,
          watermark: this.#watermark === null ? null : isoInstant(this.#watermark),
          failure: end?.failure
            ? {
                code: end.failure.code,
                message: end.failure.message.slice(0, MAX_MESSAGE_CHARS),
              }
            : null,
        },
      }),
    ]);
  }
}
