import { z } from 'zod';
import { civilDate, defineEvent, instant, minorUnits, positiveVersion } from './envelope.js';
import { TOPICS } from './topics.js';

export const ledgerSchema = z.object({
  tenant: z.string().min(1).max(60),
  enterpriseGroup: z.string().min(1).max(4),
  accountingEntity: z.string().min(1).max(12),
});

export const revisionRefSchema = z.object({
  /** `market/walmartSellerId/purchaseOrderId/lineNumber`. */
  line: z.string().min(1).max(200),
  revision: positiveVersion,
});

const journalLine = z.object({
  account: z.string().min(1).max(26),
  accountingUnit: z.string().max(25),
  /** `{"1": "EAST"}`: finance dimension number to value. */
  dimensions: z.record(z.string(), z.string().max(15)),
  /** Signed, credit negative. */
  amountMinor: minorUnits,
  line: z.string().min(1).max(200),
  revision: positiveVersion,
  sku: z.string().max(200),
  component: z.string().max(60),
});

/** A3: revisions of one order and one date, balanced, at most 250 lines. */
export const journalSchema = z.object({
  journalId: z.string().regex(/^[0-9a-f]{64}$/),
  ledger: ledgerSchema,
  currency: z.string().min(3).max(5),
  /** D2; the posting date is fixed later, by posting. */
  wantedDate: civilDate,
  /** Date of the order or return. */
  transactionDate: civilDate,
  kind: z.enum(['sale', 'cancel', 'correction']),
  purchaseOrderId: z.string(),
  /** Return order id, else customer order id. */
  documentNumber: z.string().max(40),
  members: z.array(revisionRefSchema).min(1).max(250),
  lines: z.array(journalLine).min(2).max(250),
  /** Over everything above (canonical JSON); E1 compares it. */
  contentHash: z.string().regex(/^[0-9a-f]{64}$/),
});

export type JournalPayload = z.infer<typeof journalSchema>;

export const journalEmitted = defineEvent<JournalPayload>({
  topic: TOPICS.journal.name,
  type: 'gl.journal-emitted',
  version: 1,
  schema: journalSchema,
});

export const journalStates = [
  'accepted',
  'frozen',
  'posted',
  'rejected',
  'absent',
  'held',
  'unknown',
  'quarantined',
  'withdrawn',
] as const;
export type JournalState = (typeof journalStates)[number];

const journalOutcome = z.object({
  journalId: z.string(),
  /** E4: applied only when higher. */
  version: positiveVersion,
  state: z.enum(journalStates),
  runGroup: z.string().nullable(),
  postingDate: civilDate.nullable(),
  /** CloudSuite's evidence of a posting: the interface result's id. */
  resultId: z.string().nullable(),
  /** Why it waits, and what to do about it. */
  reason: z.object({ code: z.string(), message: z.string(), advice: z.string() }).nullable(),
});

export const journalOutcomesSchema = z.object({
  ledger: ledgerSchema,
  outcomes: z.array(journalOutcome).min(1).max(500),
});
export type JournalOutcomes = z.infer<typeof journalOutcomesSchema>;
export type JournalOutcome = JournalOutcomes['outcomes'][number];

export const journalOutcomesDecided = defineEvent<JournalOutcomes>({
  topic: TOPICS.posting.name,
  type: 'gl.journal-outcomes-decided',
  version: 1,
  schema: journalOutcomesSchema,
});

/** F2: published and acknowledged before the first call for the group; the anchor outside the database. */
export const runGroupSchema = z.object({
  runGroup: z.string().regex(/^[A-Z0-9]{1,30}$/),
  attempt: positiveVersion,
  ledger: ledgerSchema,
  currency: z.string(),
  postingDates: z.array(civilDate).min(1),
  journals: z.array(z.string()).min(1).max(500),
  rowCount: z.int().positive(),
  payloadHash: z.string(),
  frozenAt: instant,
});
export type RunGroupFrozen = z.infer<typeof runGroupSchema>;

export const runGroupFrozen = defineEvent<RunGroupFrozen>({
  topic: TOPICS.posting.name,
  type: 'gl.run-group-frozen',
  version: 1,
  schema: runGroupSchema,
});
