import { isCivilDate, isZone } from '@mlc/kernel';
import {
  codeBlockSchema,
  ledgerSchema,
  ruleSchema,
  ruleSetSchema,
  sellerSchema,
} from '@mlc/events';
import { z } from 'zod';
import { defineEndpoint, page, pageQuery } from './endpoint.js';

const sellerParams = z.object({ sellerId: z.string().min(1).max(64) });
const civilDate = z.string().refine(isCivilDate, 'a day as YYYY-MM-DD');
const personName = z.string().trim().min(3).max(120);

/** A seller is (Walmart account, ledger): the same pair again re-opens the same seller (A5). */
export const newSellerSchema = z.strictObject({
  name: z.string().trim().min(1).max(120),
  market: z.literal('US'),
  walmartSellerId: z.string().regex(/^[A-Za-z0-9-]{1,40}$/),
  ledger: ledgerSchema,
  currency: z.literal('USD'),
  accountingZone: z.string().refine(isZone, 'an IANA time zone such as America/New_York'),
  /** Required: lines recognised before it desire nothing (B7). */
  goLiveDate: civilDate,
  /** D3; moving to the next open period is not offered yet. */
  closedPeriod: z.literal('held').default('held'),
  traceField: z.enum(['UniqueID', 'OriginatingTransaction.BusinessObjectKey']).default('UniqueID'),
  polling: z.strictObject({
    everyMs: z.int().min(1000).max(86_400_000),
    paused: z.boolean().default(false),
  }),
});

const fingerprint = z.object({
  /** First 16 hex digits of a hash over what was sealed; the secret itself is never shown again. */
  fingerprint: z.string(),
  attributes: z.record(z.string(), z.string()),
});

const pinged = z.object({
  ok: z.boolean(),
  message: z.string(),
  detail: z.record(z.string(), z.unknown()),
});

const previewSchema = z.object({
  /** Changes whenever what it shows changes; an approval names it. */
  previewId: z.string(),
  orders: z.int(),
  lines: z.object({ toPost: z.int(), held: z.int(), excluded: z.int() }),
  /** Signed minor units per account, as they would be booked. */
  accounts: z.array(
    z.object({ account: z.string(), component: z.string(), amountMinor: z.string() }),
  ),
  heldByReason: z.array(z.object({ reason: z.string(), lines: z.int(), amountMinor: z.string() })),
  excludedByReason: z.array(
    z.object({ reason: z.string(), lines: z.int(), amountMinor: z.string() }),
  ),
});

export const sellerEndpoints = {
  createSeller: defineEndpoint({
    method: 'POST',
    path: '/v1/sellers',
    summary:
      'Onboard a seller; the same Walmart account and ledger again re-opens the same seller.',
    body: newSellerSchema,
    success: sellerSchema,
    successStatus: 201,
    audit: 'seller-created',
  }),
  listSellers: defineEndpoint({
    method: 'GET',
    path: '/v1/sellers',
    summary: 'Sellers, by id.',
    query: pageQuery,
    success: page(sellerSchema),
  }),
  readSeller: defineEndpoint({
    method: 'GET',
    path: '/v1/sellers/:sellerId',
    summary: 'One seller.',
    params: sellerParams,
    success: sellerSchema,
  }),
  sealWalmart: defineEndpoint({
    method: 'PUT',
    path: '/v1/sellers/:sellerId/credentials/walmart',
    summary: "Seal the seller's Walmart client id and secret. Write-only.",
    params: sellerParams,
    body: z.strictObject({
      clientId: z.string().min(1).max(200),
      clientSecret: z.string().min(1).max(400),
      baseUrl: z
        .url({ protocol: /^https$/ })
        .max(200)
        .default('https://marketplace.walmartapis.com'),
    }),
    success: fingerprint,
    audit: 'walmart-credentials-sealed',
  }),
  sealCloudSuite: defineEndpoint({
    method: 'PUT',
    path: '/v1/sellers/:sellerId/credentials/cloudsuite',
    summary: "Seal the seller's .ionapi file (its JSON object). Write-only.",
    params: sellerParams,
    body: z.strictObject({ ionapi: z.record(z.string(), z.unknown()) }),
    success: fingerprint,
    audit: 'cloudsuite-credentials-sealed',
  }),
  publishRuleSet: defineEndpoint({
    method: 'POST',
    path: '/v1/sellers/:sellerId/rule-sets',
    summary: 'Publish the next, immutable version of the rules.',
    params: sellerParams,
    body: z.strictObject({
      fromDate: civilDate,
      clearing: codeBlockSchema,
      tax: ruleSetSchema.shape.tax,
      rules: z.array(ruleSchema).min(1).max(5000),
    }),
    success: ruleSetSchema,
    successStatus: 201,
    audit: 'rule-set-published',
  }),
  setPolling: defineEndpoint({
    method: 'PUT',
    path: '/v1/sellers/:sellerId/polling',
    summary: 'How often orders are polled, and whether at all.',
    params: sellerParams,
    body: newSellerSchema.shape.polling,
    success: sellerSchema,
    audit: 'polling-set',
  }),
  ping: defineEndpoint({
    method: 'POST',
    path: '/v1/sellers/:sellerId/pings',
    summary:
      'Reach both systems with the sealed credentials and check the rules’ accounts in the chart.',
    params: sellerParams,
    success: z.object({ walmart: pinged, cloudsuite: pinged }),
    audit: 'pinged',
  }),
  startShadow: defineEndpoint({
    method: 'POST',
    path: '/v1/sellers/:sellerId/shadow',
    summary:
      'Begin to read and compute without posting (B8). Needs both credentials and a rule set.',
    params: sellerParams,
    success: sellerSchema,
    audit: 'shadow-started',
  }),
  preview: defineEndpoint({
    method: 'GET',
    path: '/v1/sellers/:sellerId/preview',
    summary: 'What going live would post, hold and leave out.',
    params: sellerParams,
    success: previewSchema,
  }),
  approve: defineEndpoint({
    method: 'POST',
    path: '/v1/sellers/:sellerId/approval',
    summary:
      'A named person approves the preview; the seller goes live. 409 when the preview has changed.',
    params: sellerParams,
    body: z.strictObject({ previewId: z.string(), approvedBy: personName }),
    success: sellerSchema,
    audit: 'seller-approved',
  }),
  stop: defineEndpoint({
    method: 'POST',
    path: '/v1/sellers/:sellerId/stop',
    summary: 'Freeze and submit nothing more; groups in flight run to their outcome (B8).',
    params: sellerParams,
    body: z.strictObject({ stoppedBy: personName, reason: z.string().trim().min(3).max(400) }),
    success: sellerSchema,
    audit: 'seller-stopped',
  }),
  pollNow: defineEndpoint({
    method: 'POST',
    path: '/v1/sellers/:sellerId/polls',
    summary:
      'Poll once now, whatever the calendar says; `since` lists again everything modified since then.',
    params: sellerParams,
    body: z.strictObject({ since: z.iso.datetime({ precision: 3 }).nullable().default(null) }),
    success: z.object({ commandId: z.string() }),
    successStatus: 202,
    audit: 'poll-requested',
  }),
};

export type Preview = z.infer<typeof previewSchema>;
export type NewSeller = z.infer<typeof newSellerSchema>;
