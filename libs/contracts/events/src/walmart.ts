import { z } from 'zod';
import { decimalText, defineEvent, instant, positiveVersion } from './envelope.js';
import { TOPICS } from './topics.js';

const money = z.object({ currency: z.string().min(1).max(8), amount: decimalText });

const charge = z.object({
  chargeType: z.string().max(60),
  chargeName: z.string().max(120),
  charge: money,
  tax: money.nullable(),
});

const orderLine = z.object({
  lineNumber: z.string().min(1).max(20),
  sku: z.string().min(1).max(200),
  /** Product type of the item; null until the item is known. */
  productType: z.string().max(200).nullable(),
  /** Ordered units. */
  quantity: z.int().nonnegative(),
  statuses: z.array(z.object({ status: z.string().max(40), quantity: z.int().nonnegative() })),
  statusAt: instant,
  charges: z.array(charge),
  /** Refund charges as read, whatever their sign. */
  refunds: z.array(charge),
  returnOrderId: z.string().max(60).nullable(),
});

/**
 * One purchase order as it was read, without the buyer. `snapshotVersion` grows by one with every
 * stored change of the order or of an item attribute; nothing read is ever overwritten.
 */
export const orderSnapshotSchema = z.object({
  walmartSellerId: z.string().min(1).max(40),
  purchaseOrderId: z.string().min(1).max(40),
  customerOrderId: z.string().min(1).max(40),
  orderType: z.string().max(40).nullable(),
  /** From the single-order read; the list's is sometimes wrong. */
  orderedAt: instant,
  /** The query that returned the order: SellerFulfilled, WFSFulfilled, 3PLFulfilled. */
  shipNodeType: z.string().max(40),
  shipNodeId: z.string().max(80).nullable(),
  shipToState: z.string().max(40).nullable(),
  snapshotVersion: positiveVersion,
  firstSeenAt: instant,
  readAt: instant,
  lines: z.array(orderLine).min(1).max(1000),
});

export type OrderSnapshot = z.infer<typeof orderSnapshotSchema>;
export type OrderSnapshotLine = OrderSnapshot['lines'][number];

export const orderSnapshotRecorded = defineEvent<OrderSnapshot>({
  topic: TOPICS.order.name,
  type: 'walmart.order-snapshot-recorded',
  version: 1,
  schema: orderSnapshotSchema,
});

/** Where a seller's order flow stands: published when a poll begins, every few pages and when it ends. */
export const flowProgressSchema = z.object({
  flow: z.enum(['orders']),
  pollId: z.string(),
  /** Grows with every publication of a seller's flow. */
  version: positiveVersion,
  trigger: z.enum(['schedule', 'command']),
  startedAt: instant,
  endedAt: instant.nullable(),
  pages: z.int().nonnegative(),
  /** Orders seen on list pages. */
  ordersListed: z.int().nonnegative(),
  linesListed: z.int().nonnegative(),
  /** Orders read one by one. */
  ordersRead: z.int().nonnegative(),
  snapshotsAdded: z.int().nonnegative(),
  linesAdded: z.int().nonnegative(),
  watermark: instant.nullable(),
  failure: z.object({ code: z.string(), message: z.string() }).nullable(),
});

export type FlowProgress = z.infer<typeof flowProgressSchema>;

export const flowProgressed = defineEvent<FlowProgress>({
  topic: TOPICS.flow.name,
  type: 'ingestion.flow-progressed',
  version: 1,
  schema: flowProgressSchema,
});
