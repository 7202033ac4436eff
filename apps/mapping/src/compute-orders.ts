import { invariant, lineKey } from '@mlc/kernel';
import { type ComputedOrder, computeOrder, type LineStanding } from '@mlc/mapping-rules';
import type { Tx } from '@mlc/postgres';
import {
  loadFacts,
  loadLines,
  type LockedOrder,
  orderKey,
  type StoredLine,
} from './order-store.js';
import { type KnownSeller, loadSellers } from './seller-registry.js';

/** One order after its computation, with what was stored of it before. */
export interface ComputedFor {
  readonly order: LockedOrder;
  readonly known: KnownSeller;
  readonly before: ReadonlyMap<string, StoredLine>;
  readonly computed: ComputedOrder;
}

const NOTHING: ReadonlyMap<string, StoredLine> = new Map();

/**
 * Computes locked orders from what is stored (B6): one statement a table for all of them. Orders of
 * sellers that are not known yet, or not to be computed yet, are left for the recompute that a change
 * of the seller asks for. Call after `holdSellers`.
 */
export async function computeOrders(
  tx: Tx,
  orders: readonly LockedOrder[],
): Promise<ComputedFor[]> {
  const sellers = await loadSellers(tx, [...new Set(orders.map(({ seller }) => seller))]);
  const due = orders.filter(({ seller }) => (sellers.get(seller)?.mode ?? 'stored') !== 'stored');
  if (due.length === 0) return [];
  const lines = await loadLines(tx, due, ({ seller, purchaseOrderId, lineNumber }) => {
    const { market, walmartSellerId } = knownSeller(sellers, seller).seller;
    return lineKey({ market, walmartSellerId, purchaseOrderId, lineNumber });
  });
  await loadFacts(tx, due, lines);
  return due.map((order) => {
    const known = knownSeller(sellers, order.seller);
    const before = lines.get(orderKey(order.seller, order.purchaseOrderId)) ?? NOTHING;
    return { order, known, before, computed: computeStored(order, known, before) };
  });
}

function knownSeller(sellers: ReadonlyMap<string, KnownSeller>, seller: string): KnownSeller {
  const known = sellers.get(seller);
  invariant(known, `orders of an unknown seller ${seller} are not computed`);
  return known;
}

function computeStored(
  order: LockedOrder,
  known: KnownSeller,
  before: ReadonlyMap<string, StoredLine>,
): ComputedOrder {
  const newest = order.facts.get(order.newestVersion);
  invariant(
    newest,
    `snapshot ${order.newestVersion} of order ${order.purchaseOrderId} is booked and not stored`,
  );
  const standings = new Map<string, LineStanding>();
  for (const { standing } of before.values()) standings.set(standing.line, standing);
  return computeOrder({
    newest,
    emitted: order.facts,
    seller: known.seller,
    ruleSets: known.ruleSets,
    standings,
    mode: known.mode === 'live' ? 'live' : 'shadow',
  });
}
