import { sellerEndpoints } from '@mlc/api';
import { draft, type RuleSet, ruleSetPublished, type Seller } from '@mlc/events';
import { hashOf, invariant } from '@mlc/kernel';
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
}

export async function newestRuleSet(tx: Tx, sellerId: string): Promise<NewestRuleSet | null> {
  const [row] = await tx.query<{
    version: number;
    content_hash: string;
    accounts: string[];
  }>(
    `select version, content_hash, accounts from tenant.rule_set
      where seller_id = $1 order by version desc limit 1`,
    [sellerId],
  );
  return row
    ? { version: row.version, contentHash: row.content_hash, accounts: row.accounts }
    : null;
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
  // The version the seller ends with: the one that was there already, or the next.
  const { ruleSetVersion } = await changeSeller(room, sellerId, asked, async (tx, seller) => {
    if (seller.state === 'stopped') {
      throw conflict('seller-stopped', 'The seller is stopped; open it again before its rules.');
    }
    const newest = await newestRuleSet(tx, sellerId);
    const contentHash = hashOf(wanted);
    if (newest?.contentHash === contentHash) return null;
    const version = (newest?.version ?? 0) + 1;
    await store(room, tx, {
      seller,
      asked,
      ruleSet: { sellerId, version, ...wanted },
      contentHash,
    });
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
  invariant(ruleSetVersion !== null, 'a seller with rules has a rule set version');
  return { sellerId, version: ruleSetVersion, ...wanted };
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
