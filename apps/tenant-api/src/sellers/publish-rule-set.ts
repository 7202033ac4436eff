import { sellerEndpoints } from '@mlc/api';
import { draft, type RuleSet, ruleSetPublished, ruleSetSchema, type Seller } from '@mlc/events';
import { hashOf, type Json } from '@mlc/kernel';
import { appendToOutbox, MAX_MESSAGE_BYTES } from '@mlc/messaging';
import type { Tx } from '@mlc/postgres';
import { conflict, unprocessable } from '../api/refusal.js';
import { changeSeller } from './change-seller.js';
import { accountsOf, checkRules, type NewRuleSet } from './check-rules.js';
import type { Asked, Room } from './room.js';

/** Left of a message for its envelope. */
const ENVELOPE_BYTES = 4_096;

interface NewestRuleSet {
  readonly version: number;
  readonly contentHash: string;
  readonly accounts: readonly string[];
  readonly ruleSet: RuleSet;
}

export async function newestRuleSet(tx: Tx, sellerId: string): Promise<NewestRuleSet | null> {
  const [row] = await tx.query<{
    version: number;
    content_hash: string;
    accounts: string[];
    rule_set: unknown;
  }>(
    `select version, content_hash, accounts, rule_set from tenant.rule_set
      where seller_id = $1 order by version desc limit 1`,
    [sellerId],
  );
  if (!row) return null;
  const { version, content_hash: contentHash, accounts } = row;
  return { version, contentHash, accounts, ruleSet: ruleSetSchema.parse(row.rule_set) };
}

/**
 * Publishes the next version of the rules, which nobody can change any more. The newest rules again
 * are answered as they are; rules that cannot be right are refused with every place (422).
 */
export async function publishRuleSet(
  room: Room,
  sellerId: string,
  wanted: NewRuleSet,
  asked: Asked,
): Promise<RuleSet> {
  const errors = checkRules(wanted);
  if (errors.length > 0) {
    throw unprocessable(
      'invalid-rules',
      `${errors.length} of the ${wanted.rules.length} rules can never match; see the errors.`,
      errors,
    );
  }
  const bytes = Buffer.byteLength(JSON.stringify(wanted));
  if (bytes > MAX_MESSAGE_BYTES - ENVELOPE_BYTES) {
    throw unprocessable('rules-too-large', `The rules take ${bytes} bytes.`, [
      { path: 'rules', message: `at most ${MAX_MESSAGE_BYTES - ENVELOPE_BYTES} bytes as JSON` },
    ]);
  }
  let published: RuleSet | null = null;
  await changeSeller(room, sellerId, asked, async (tx, seller) => {
    if (seller.state === 'stopped') {
      throw conflict('seller-stopped', 'The seller is stopped; open it again before its rules.');
    }
    const newest = await newestRuleSet(tx, sellerId);
    const contentHash = hashOf(wanted as unknown as Json);
    if (newest?.contentHash === contentHash) {
      published = newest.ruleSet;
      return null;
    }
    const version = (newest?.version ?? 0) + 1;
    published = { sellerId, version, ...wanted };
    await store(room, tx, { seller, asked, ruleSet: published, contentHash });
    return {
      next: { ...seller, ruleSetVersion: version },
      step: {
        action: sellerEndpoints.publishRuleSet.audit,
        actor: asked.caller.keyId,
        identity: [String(version)],
        data: { version, fromDate: wanted.fromDate, rules: wanted.rules.length, contentHash },
      },
    };
  });
  if (!published) throw new TypeError('a rule set was neither found nor published');
  return published;
}

async function store(
  { clock }: Room,
  tx: Tx,
  of: {
    readonly seller: Seller;
    readonly asked: Asked;
    readonly ruleSet: RuleSet;
    readonly contentHash: string;
  },
): Promise<void> {
  const { seller, asked, ruleSet, contentHash } = of;
  await tx.execute(
    `insert into tenant.rule_set (seller_id, version, content_hash, accounts, rule_set, published_at)
     values ($1, $2, $3, $4::jsonb, $5::jsonb, $6)`,
    [
      seller.sellerId,
      ruleSet.version,
      contentHash,
      JSON.stringify(accountsOf(ruleSet)),
      JSON.stringify(ruleSet),
      new Date(clock.now()),
    ],
  );
  await appendToOutbox(tx, 'tenant', [
    draft(ruleSetPublished, {
      seller: seller.sellerId,
      market: seller.market,
      occurredAt: clock.now(),
      correlationId: asked.correlationId,
      identity: [seller.sellerId, String(ruleSet.version)],
      payload: ruleSet,
    }),
  ]);
}
