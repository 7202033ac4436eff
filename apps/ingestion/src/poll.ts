import { crashPoint } from '@mlc/crash-points';
import type { Seller } from '@mlc/events';
import { type Clock, type EpochMs, type Failure, FailureError } from '@mlc/kernel';
import { assertLease, type Database, type Lease, type Tx } from '@mlc/postgres';
import {
  type ListedOrder,
  type OrderWindow,
  SHIP_NODE_TYPES,
  type ShipNodeType,
  type WalmartClient,
  walkOrders,
} from '@mlc/walmart';
import pLimit, { type LimitFunction } from 'p-limit';
import { ItemShelf } from './items.js';
import { type PollCounts, PollProgress, type PollTrigger } from './poll-progress.js';
import { ordersAwaiting, readHeads, type ReadOrder, recordOrders } from './recording.js';

export interface PollSettings {
  readonly reads: number;
  readonly overlapMs: number;
  readonly itemRetryMs: number;
  readonly progressEveryMs: number;
}

export interface PollContext {
  readonly db: Database;
  readonly clock: Clock;
  readonly client: WalmartClient;
  readonly seller: Seller;
  readonly lease: Lease;
  readonly trigger: PollTrigger;
  /** Lists again everything modified since then; null: since the watermark. */
  readonly since: EpochMs | null;
  readonly settings: PollSettings;
  readonly signal: AbortSignal;
}

export interface PollReport {
  readonly pollId: string;
  readonly counts: Readonly<PollCounts>;
  readonly watermark: EpochMs | null;
  readonly failure: Failure | null;
}

const DAY_MS = 86_400_000;
/** Walmart shows the orders of 180 days; asking for one less never meets that edge. */
const REACH_MS = 179 * DAY_MS;
/** How much before its go-live date of a seller's orders is read. */
const BEFORE_GO_LIVE_MS = 30 * DAY_MS;
/** Walmart ends a query at 10,000 orders: a window with more than this is halved. */
const SPLIT_ABOVE = 9_000;
const MIN_WINDOW_MS = 60_000;
const LEARNED_BATCH = 200;
/** The order itself is at fault: the others of its page are read. */
const OF_ONE_ORDER = new Set(['walmart.order-unreadable', 'walmart.not-found']);

/**
 * Where the first poll of a seller begins: thirty days before its go-live date, so that lines before it are
 * stored and desire nothing (B7) and what happens to them later finds them; or as far back as Walmart
 * shows orders.
 */
export function firstWatermark(seller: Pick<Seller, 'goLiveDate'>, now: EpochMs): EpochMs {
  const from = Date.parse(`${seller.goLiveDate}T00:00:00Z`) - BEFORE_GO_LIVE_MS;
  return Math.min(Math.max(from, now - REACH_MS), now);
}

/** One poll of one seller: every ship node type, one window, page by page; whole or not at all. */
export async function pollSeller(context: PollContext): Promise<PollReport> {
  return new Poll(context).run();
}

class Poll {
  readonly #limit: LimitFunction;
  readonly #items: ItemShelf;
  readonly #progress: PollProgress;
  /** The first order that could not be read: it keeps the watermark where it is. */
  #unread: Failure | null = null;

  constructor(private readonly context: PollContext) {
    const { db, clock, seller, settings, trigger } = context;
    this.#limit = pLimit(settings.reads);
    this.#items = new ItemShelf(db, clock, seller.sellerId);
    this.#progress = new PollProgress(seller, trigger, clock, settings.progressEveryMs);
  }

  async run(): Promise<PollReport> {
    const { clock } = this.context;
    const readUpTo = clock.now();
    await this.#inLease((tx) => this.#progress.publish(tx));
    const failure = (await this.#failureOf(() => this.#readAll(readUpTo))) ?? this.#unread;
    if (failure?.code !== 'lease.lost') {
      await this.#inLease((tx) => this.#progress.publish(tx, { failure, readUpTo }));
    }
    const { pollId, counts, watermark } = this.#progress;
    return { pollId, counts, watermark, failure };
  }

  async #readAll(readUpTo: EpochMs): Promise<void> {
    const { clock, seller, settings, since } = this.context;
    await this.#learnItems();
    const watermark = this.#progress.watermark ?? firstWatermark(seller, readUpTo);
    // Never later than the watermark: what was asked for may not open a gap.
    const from = Math.max(Math.min(since ?? watermark, watermark), clock.now() - REACH_MS);
    for (const shipNodeType of SHIP_NODE_TYPES) {
      await this.#readWindow({
        shipNodeType,
        createdFrom: clock.now() - REACH_MS,
        modifiedFrom: from - settings.overlapMs,
        modifiedTo: readUpTo,
      });
    }
  }

  async #readWindow(whole: OrderWindow): Promise<void> {
    const windows = [whole];
    for (let window = windows.pop(); window; window = windows.pop()) {
      for await (const page of walkOrders(this.context.client, window)) {
        this.context.signal.throwIfAborted();
        if (!page.ok) throw new FailureError(page.error);
        const halves = page.value.number === 1 ? halvesOf(window, page.value.totalCount) : null;
        if (halves) {
          windows.push(...halves);
          break;
        }
        await this.#readPage(window.shipNodeType, page.value.orders);
      }
    }
  }

  async #readPage(shipNodeType: ShipNodeType, orders: readonly ListedOrder[]): Promise<void> {
    const { counts } = this.#progress;
    const reads = await this.#readChanged(shipNodeType, orders);
    const skus = new Set(reads.flatMap((read) => read.facts.lines.map((line) => line.sku)));
    const types = await this.#items.productTypes(skus, this.context.client, this.#limit);
    counts.pages += 1;
    counts.ordersListed += orders.length;
    counts.linesListed += orders.reduce((sum, order) => sum + order.lines, 0);
    await this.#record(reads, types);
  }

  /** One transaction a page: what is new, its events, its audit records, where the poll stands. */
  async #record(
    reads: readonly ReadOrder[],
    types: ReadonlyMap<string, string | null>,
  ): Promise<void> {
    const { clock, seller } = this.context;
    const { counts } = this.#progress;
    await this.#inLease(async (tx) => {
      const added = await recordOrders(tx, { seller, reads, types, recordedAt: clock.now() });
      counts.snapshotsAdded += added.snapshots;
      counts.linesAdded += added.lines;
      await this.#progress.publishDue(tx);
    });
    if (reads.length > 0) crashPoint('ingestion.after-snapshot-commit-before-watermark');
  }

  /** Reads, one by one, the listed orders that are new or listed differently than what is stored. */
  async #readChanged(
    shipNodeType: ShipNodeType,
    orders: readonly ListedOrder[],
  ): Promise<ReadOrder[]> {
    const { db, seller } = this.context;
    const listed = new Map(orders.map((order) => [order.purchaseOrderId, order]));
    if (listed.size === 0) return [];
    const heads = await db.forSellers([seller.sellerId], (tx) =>
      readHeads(tx, seller.sellerId, [...listed.keys()]),
    );
    const changed = [...listed.values()].filter(
      (order) => heads.get(order.purchaseOrderId)?.listHash !== order.listHash,
    );
    const reads = await Promise.all(
      changed.map((order) => this.#limit(() => this.#readOrder(shipNodeType, order))),
    );
    return reads.filter((read) => read !== null);
  }

  async #readOrder(shipNodeType: ShipNodeType, order: ListedOrder): Promise<ReadOrder | null> {
    this.context.signal.throwIfAborted();
    const startedAt = this.context.clock.now();
    const read = await this.context.client.readOrder(order.purchaseOrderId);
    this.#progress.counts.ordersRead += 1;
    if (read.ok) return { ...read.value, listHash: order.listHash, shipNodeType, startedAt };
    if (!OF_ONE_ORDER.has(read.error.code)) {
      // The others would fail alike: those still waiting in line are not sent.
      this.#limit.clearQueue();
      throw new FailureError(read.error);
    }
    this.#unread ??= read.error;
    return null;
  }

  /** Items that were missing and are known by now give their orders a new snapshot. */
  async #learnItems(): Promise<void> {
    const { db, clock, client, seller, settings } = this.context;
    const missedBefore = clock.now() - settings.itemRetryMs;
    const learned = await this.#items.retryMissed(missedBefore, client, this.#limit);
    if (learned.size === 0) return;
    for (;;) {
      const waiting = await db.forSellers([seller.sellerId], (tx) =>
        ordersAwaiting(tx, seller.sellerId, learned, LEARNED_BATCH),
      );
      if (waiting.reads.length > 0) await this.#record(waiting.reads, waiting.types);
      if (waiting.reads.length < LEARNED_BATCH) return;
    }
  }

  #inLease(work: (tx: Tx) => Promise<void>): Promise<void> {
    const { db, seller, lease } = this.context;
    return db.forSellers([seller.sellerId], async (tx) => {
      await assertLease(tx, lease);
      await work(tx);
    });
  }

  async #failureOf(work: () => Promise<void>): Promise<Failure | null> {
    try {
      await work();
      return null;
    } catch (cause) {
      if (cause instanceof FailureError) return cause.failure;
      throw cause;
    }
  }
}

/** The two halves of a window that lists too many orders; null when it can be walked as it is. */
export function halvesOf(
  window: OrderWindow,
  totalCount: number | null,
): [OrderWindow, OrderWindow] | null {
  const width = window.modifiedTo - window.modifiedFrom;
  if (totalCount === null || totalCount <= SPLIT_ABOVE || width < MIN_WINDOW_MS) return null;
  const middle = window.modifiedFrom + Math.floor(width / 2);
  return [
    { ...window, modifiedFrom: middle },
    { ...window, modifiedTo: middle },
  ];
}
