import { z } from 'zod';
import { civilDate, defineEvent, instant, positiveVersion } from './envelope.js';
import { ledgerSchema } from './ledger.js';
import { TOPICS } from './topics.js';

export const sellerStates = ['onboarding', 'shadow', 'live', 'stopped'] as const;

export const sellerSchema = z.object({
  sellerId: z.string(),
  version: positiveVersion,
  name: z.string().min(1).max(120),
  market: z.literal('US'),
  walmartSellerId: z.string().min(1).max(40),
  ledger: ledgerSchema,
  currency: z.literal('USD'),
  /** IANA zone of the seller's books. */
  accountingZone: z.string(),
  /** B7: lines recognised before it desire nothing. */
  goLiveDate: civilDate,
  /** B8. */
  state: z.enum(sellerStates),
  /** D2: which moment recognises a sale. */
  recognition: z.literal('placed'),
  /** D3: a wanted date in a closed period is held, or moves to the next open one. */
  closedPeriod: z.enum(['held', 'next-open']),
  /** F8: where a GL line keeps journal id and line. */
  traceField: z.enum(['UniqueID', 'OriginatingTransaction.BusinessObjectKey']),
  polling: z.object({ everyMs: z.int().min(1000), paused: z.boolean() }),
  /** Newest active rule set; null while there is none. */
  ruleSetVersion: positiveVersion.nullable(),
  approvedBy: z.string().nullable(),
});
export type Seller = z.infer<typeof sellerSchema>;

export const sellerChanged = defineEvent<Seller>({
  topic: TOPICS.seller.name,
  type: 'tenant.seller-changed',
  version: 1,
  schema: sellerSchema,
});

export const codeBlockSchema = z.object({
  account: z.string().min(1).max(26),
  accountingUnit: z.string().max(25),
  dimensions: z.record(z.string().regex(/^([1-9]|10)$/), z.string().min(1).max(15)),
});

const oneOrMore = z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(1000)]);

/** All present conditions must hold; a list matches any of its members. */
export const ruleWhenSchema = z.strictObject({
  chargeType: oneOrMore.optional(),
  chargeName: oneOrMore.optional(),
  productType: oneOrMore.optional(),
  shipNode: oneOrMore.optional(),
  shipNodeType: oneOrMore.optional(),
});

export const ruleSchema = z.union([
  z.strictObject({
    when: ruleWhenSchema,
    post: codeBlockSchema,
    /** `subtract`: −|amount|, for discounts whose reported sign is not documented. */
    sign: z.enum(['as-reported', 'subtract']).optional(),
  }),
  z.strictObject({ when: ruleWhenSchema, exclude: z.string().regex(/^[a-z0-9-]{1,40}$/) }),
]);
export type Rule = z.infer<typeof ruleSchema>;

/** An immutable version: ordered rules, first match wins, no match is an exception. */
export const ruleSetSchema = z.object({
  sellerId: z.string(),
  version: positiveVersion,
  /** B4: in force for recognition dates from this one on. */
  fromDate: civilDate,
  clearing: codeBlockSchema,
  tax: z.discriminatedUnion('policy', [
    z.object({ policy: z.literal('excluded') }),
    z.object({ policy: z.literal('clearing'), post: codeBlockSchema }),
  ]),
  rules: z.array(ruleSchema).min(1).max(5000),
});
export type RuleSet = z.infer<typeof ruleSetSchema>;

export const ruleSetPublished = defineEvent<RuleSet>({
  topic: TOPICS.ruleSet.name,
  type: 'tenant.rule-set-published',
  version: 1,
  schema: ruleSetSchema,
});

export const commandSchema = z.object({
  commandId: z.string(),
  sellerId: z.string(),
  issuedBy: z.string(),
  command: z.discriminatedUnion('kind', [
    /** To ingestion: can we read the seller's orders? To gl-posting: can we read the chart, and are these accounts usable? */
    z.object({
      kind: z.literal('ping'),
      target: z.enum(['ingestion', 'gl-posting']),
      accounts: z.array(z.string()).max(5000),
    }),
    /** One whole poll. `since`: list again everything modified since then; null: since the watermark. */
    z.object({
      kind: z.literal('poll-now'),
      target: z.literal('ingestion'),
      since: instant.nullable(),
    }),
  ]),
});
export type Command = z.infer<typeof commandSchema>;

export const commandIssued = defineEvent<Command>({
  topic: TOPICS.command.name,
  type: 'tenant.command-issued',
  version: 1,
  schema: commandSchema,
});

export const answerSchema = z.object({
  commandId: z.string(),
  by: z.enum(['ingestion', 'mapping', 'gl-posting']),
  ok: z.boolean(),
  /** One readable sentence; what to do next when not ok. */
  message: z.string().max(2000),
  detail: z.record(z.string(), z.unknown()),
});
export type Answer = z.infer<typeof answerSchema>;

/** A command counts only when its owner's recorded answer is back. */
export const commandAnswered = defineEvent<Answer>({
  topic: TOPICS.answer.name,
  type: 'command.answered',
  version: 1,
  schema: answerSchema,
});
