import type { RuleSet, Seller } from '@mlc/events';
import type { Tx } from '@mlc/postgres';
import { LRUCache } from 'lru-cache';
import { SCHEMA } from './names.js';

/** How a seller's orders are computed; `stored` keeps the facts and waits. */
export type Mode = 'live' | 'shadow' | 'stored';

export interface KnownSeller {
  readonly seller: Seller;
  readonly mode: Mode;
  /** Versions up to the active one, oldest first. */
  readonly ruleSets: readonly RuleSet[];
}

const MAX_CACHED_RULE_SETS = 200;

/** Published rule sets never change, so they are parsed once a process. */
const parsedRuleSets = new LRUCache<string, RuleSet>({ max: MAX_CACHED_RULE_SETS });

/**
 * Lets a transaction compute with what the registry says now: until it ends, no other can change these
 * sellers. Without it an order computed under the old state could be committed behind the recompute
 * that the change asks for.
 */
export async function holdSellers(tx: Tx, sellers: readonly string[]): Promise<void> {
  await tx.query(
    `SELECT pg_advisory_xact_lock_shared(hashtextextended('mapping.seller/' || s, 0))
       FROM unnest($1::text[]) AS s`,
    [[...sellers].sort()],
  );
}

async function takeSellers(tx: Tx, sellers: readonly string[]): Promise<void> {
  await tx.query(
    `SELECT pg_advisory_xact_lock(hashtextextended('mapping.seller/' || s, 0))
       FROM unnest($1::text[]) AS s`,
    [[...sellers].sort()],
  );
}

interface SellerRow {
  readonly seller_id: string;
  readonly payload: Seller;
}

interface RuleSetRow {
  readonly seller_id: string;
  readonly version: number;
  readonly payload: RuleSet;
}

/** Sellers as far as they are known, with the rule sets in use. Call after {@link holdSellers}. */
export async function loadSellers(
  tx: Tx,
  sellers: readonly string[],
): Promise<Map<string, KnownSeller>> {
  const rows = await tx.query<SellerRow>(
    `SELECT seller_id, payload FROM ${SCHEMA}.seller WHERE seller_id = ANY ($1::text[])`,
    [sellers],
  );
  const versions = await tx.query<Omit<RuleSetRow, 'payload'>>(
    `SELECT seller_id, version FROM ${SCHEMA}.rule_set WHERE seller_id = ANY ($1::text[]) ORDER BY version`,
    [sellers],
  );
  await parseRuleSets(tx, versions);
  const known = new Map<string, KnownSeller>();
  for (const { seller_id, payload } of rows) {
    const active = payload.ruleSetVersion ?? 0;
    const own = versions.filter((row) => row.seller_id === seller_id && row.version <= active);
    known.set(seller_id, {
      seller: payload,
      // The active version is published on another topic and may not be here yet.
      mode: active > 0 && own.at(-1)?.version !== active ? 'stored' : modeOf(payload),
      ruleSets: own.flatMap(
        ({ version }) => parsedRuleSets.get(cacheKey(seller_id, version)) ?? [],
      ),
    });
  }
  return known;
}

function modeOf({ state, approvedBy }: Seller): Mode {
  if (state === 'live') return 'live';
  if (state === 'onboarding') return 'stored';
  // Stopping keeps journals from being sent, not from being made.
  return state === 'stopped' && approvedBy !== null ? 'live' : 'shadow';
}

async function parseRuleSets(
  tx: Tx,
  versions: readonly Omit<RuleSetRow, 'payload'>[],
): Promise<void> {
  const missing = versions.filter(
    ({ seller_id, version }) => !parsedRuleSets.has(cacheKey(seller_id, version)),
  );
  if (missing.length === 0) return;
  const rows = await tx.query<RuleSetRow>(
    `SELECT seller_id, version, payload FROM ${SCHEMA}.rule_set
       JOIN unnest($1::text[], $2::int[]) AS wanted (seller_id, version) USING (seller_id, version)`,
    [missing.map((row) => row.seller_id), missing.map((row) => row.version)],
  );
  for (const { seller_id, version, payload } of rows) {
    parsedRuleSets.set(cacheKey(seller_id, version), payload);
  }
}

function cacheKey(seller: string, version: number): string {
  return `${seller}/${version}`;
}

/** Keeps the highest version of each seller; what changes a computation asks for a recompute. */
export async function recordSellers(tx: Tx, changes: readonly Seller[]): Promise<void> {
  const newest = new Map<string, Seller>();
  for (const change of changes) {
    if (change.version > (newest.get(change.sellerId)?.version ?? 0)) {
      newest.set(change.sellerId, change);
    }
  }
  const sellers = [...newest.keys()].sort();
  await takeSellers(tx, sellers);
  const rows = await tx.query<SellerRow>(
    `SELECT seller_id, payload FROM ${SCHEMA}.seller WHERE seller_id = ANY ($1::text[])`,
    [sellers],
  );
  const before = new Map(rows.map((row) => [row.seller_id, row.payload]));
  const higher = [...newest.values()].filter(
    ({ sellerId, version }) => version > (before.get(sellerId)?.version ?? 0),
  );
  if (higher.length === 0) return;
  await tx.execute(
    `INSERT INTO ${SCHEMA}.seller AS known (seller_id, version, payload)
     SELECT s, v, p::json FROM unnest($1::text[], $2::int[], $3::text[]) AS w (s, v, p)
     ON CONFLICT (seller_id) DO UPDATE SET version = excluded.version, payload = excluded.payload
       WHERE known.version < excluded.version`,
    [
      higher.map(({ sellerId }) => sellerId),
      higher.map(({ version }) => version),
      higher.map((seller) => JSON.stringify(seller)),
    ],
  );
  const differing = higher.filter((seller) => {
    const earlier = before.get(seller.sellerId);
    return !earlier || whatComputes(earlier) !== whatComputes(seller);
  });
  await requestRecompute(
    tx,
    differing.map(({ sellerId }) => sellerId),
  );
}

/** The part of a seller that a computation depends on. */
function whatComputes(seller: Seller): string {
  const { goLiveDate, accountingZone, currency, recognition, ruleSetVersion, ledger } = seller;
  return JSON.stringify([
    modeOf(seller),
    goLiveDate,
    accountingZone,
    currency,
    recognition,
    ruleSetVersion,
    [ledger.tenant, ledger.enterpriseGroup, ledger.accountingEntity],
  ]);
}

/** Keeps new versions; a version that is here already is never replaced. */
export async function recordRuleSets(tx: Tx, published: readonly RuleSet[]): Promise<void> {
  const sellers = [...new Set(published.map(({ sellerId }) => sellerId))].sort();
  await takeSellers(tx, sellers);
  const added = await tx.query<{ seller_id: string }>(
    `INSERT INTO ${SCHEMA}.rule_set (seller_id, version, payload)
     SELECT s, v, p::json FROM unnest($1::text[], $2::int[], $3::text[]) AS w (s, v, p)
     ON CONFLICT DO NOTHING RETURNING seller_id`,
    [
      published.map(({ sellerId }) => sellerId),
      published.map(({ version }) => version),
      published.map((ruleSet) => JSON.stringify(ruleSet)),
    ],
  );
  await requestRecompute(tx, [...new Set(added.map((row) => row.seller_id))]);
}

/** Asks for all stored orders of the sellers to be computed again, from the first. */
async function requestRecompute(tx: Tx, sellers: readonly string[]): Promise<void> {
  if (sellers.length === 0) return;
  await tx.execute(
    `INSERT INTO ${SCHEMA}.recompute (seller_id, computed_up_to, orders_computed)
     SELECT s, '', 0 FROM unnest($1::text[]) AS s ORDER BY s
     ON CONFLICT (seller_id) DO UPDATE SET computed_up_to = '', orders_computed = 0`,
    [sellers],
  );
}
