import { z } from 'zod';
import { civilDate, defineEvent, minorUnits, positiveVersion } from './envelope.js';
import { TOPICS } from './topics.js';

export const lineStates = ['shadow', 'emitted', 'exception', 'excluded', 'proposal'] as const;

const reasonAmount = z.object({ reason: z.string().max(60), amountMinor: minorUnits });

const lineState = z.object({
  /** `market/walmartSellerId/purchaseOrderId/lineNumber`. */
  line: z.string(),
  purchaseOrderId: z.string(),
  customerOrderId: z.string(),
  lineNumber: z.string(),
  sku: z.string(),
  /** Applied only when higher. */
  version: positiveVersion,
  state: z.enum(lineStates),
  /** Why it waits or is left out; null when emitted. */
  reason: z.object({ code: z.string(), message: z.string(), advice: z.string() }).nullable(),
  /** Recognition date, null when none could be told. */
  date: civilDate.nullable(),
  journals: z.array(z.string()),
  /** |amount as reported| of what goes to the ledger (in shadow: would go). */
  journaledMinor: minorUnits,
  /** |amount as reported| that waits, by reason. */
  held: z.array(reasonAmount),
  /** |amount as reported| left out on purpose, by reason (`facilitator-tax`, …). */
  excluded: z.array(reasonAmount),
  /** What is (or would be) booked for the line: signed, per account. */
  bookings: z.array(
    z.object({ account: z.string(), component: z.string(), amountMinor: minorUnits }),
  ),
});

export const lineStatesSchema = z.object({ lines: z.array(lineState).min(1).max(1000) });
export type LineStates = z.infer<typeof lineStatesSchema>;
export type LineState = LineStates['lines'][number];

/** The states of one purchase order's lines after a computation that changed any of them. */
export const lineStatesChanged = defineEvent<LineStates>({
  topic: TOPICS.line.name,
  type: 'mapping.line-states-changed',
  version: 1,
  schema: lineStatesSchema,
});
