import { auditRecordSchema, flowProgressSchema } from '@mlc/events';
import { z } from 'zod';
import { defineEndpoint, page, pageQuery } from './endpoint.js';

const sellerParams = z.object({ sellerId: z.string().min(1).max(64) });
const reasonAmount = z.object({ reason: z.string(), amountMinor: z.string() });

/**
 * Where a line stands for finance: `posted` (all its journals are in the ledger), `held` (it waits:
 * an exception of mapping, or a journal that is held, rejected or unknown), `excluded`, `pending` (on its
 * way), `shadow` (computed only).
 */
export const standings = ['posted', 'held', 'excluded', 'pending', 'shadow'] as const;

const lineSchema = z.object({
  line: z.string(),
  purchaseOrderId: z.string(),
  customerOrderId: z.string(),
  lineNumber: z.string(),
  sku: z.string(),
  standing: z.enum(standings),
  reason: z.object({ code: z.string(), message: z.string(), advice: z.string() }).nullable(),
  date: z.string().nullable(),
  /** |amount as reported| in each class; together the line's charges and taxes. */
  postedMinor: z.string(),
  held: z.array(reasonAmount),
  excluded: z.array(reasonAmount),
  journals: z.array(
    z.object({
      journalId: z.string(),
      state: z.string(),
      runGroup: z.string().nullable(),
      postingDate: z.string().nullable(),
      resultId: z.string().nullable(),
    }),
  ),
});
export type Line = z.infer<typeof lineSchema>;

const progressSchema = z.object({
  /** Lines known to mapping. */
  lines: z.int(),
  byStanding: z.record(z.enum(standings), z.int()),
  /** The newest poll's progress; null before the first. */
  poll: flowProgressSchema.nullable(),
});
export type Progress = z.infer<typeof progressSchema>;

const trailEntry = auditRecordSchema.extend({
  correlationId: z.string(),
  /** Place in the seller's hash chain, from 1. */
  chainIndex: z.int(),
  chainHash: z.string(),
});

export const lineEndpoints = {
  progress: defineEndpoint({
    method: 'GET',
    path: '/v1/sellers/:sellerId/progress',
    summary: 'Seen, mapped, posted, held, excluded.',
    params: sellerParams,
    success: progressSchema,
  }),
  listLines: defineEndpoint({
    method: 'GET',
    path: '/v1/sellers/:sellerId/lines',
    summary: 'Order lines by standing, by line id.',
    params: sellerParams,
    query: pageQuery.extend({ standing: z.enum(standings).optional() }),
    success: page(lineSchema),
  }),
  auditTrail: defineEndpoint({
    method: 'GET',
    path: '/v1/sellers/:sellerId/orders/:orderId/audit',
    summary:
      'Every recorded step of one order (purchase order or customer order id), oldest first.',
    params: sellerParams.extend({ orderId: z.string().min(1).max(60) }),
    success: z.object({ orderId: z.string(), entries: z.array(trailEntry) }),
  }),
};
