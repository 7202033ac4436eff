import type { Clock } from '@mlc/kernel';
import type { Database, Tx } from '@mlc/postgres';
import { computeOrders } from './compute-orders.js';
import { SCHEMA } from './names.js';
import { lockOrdersAfter } from './order-store.js';
import { saveComputed } from './save-computed.js';
import { holdSellers } from './seller-registry.js';

const ORDERS_PER_TRANSACTION = 200;
/** Sellers whose orders are computed in turns, one batch each. */
const SELLERS_PER_ROUND = 100;

export interface RecomputeOptions {
  readonly signal?: AbortSignal;
  /** One seller's failure; it does not keep the others waiting. */
  readonly onFailure: (seller: string, error: unknown) => void;
}

/**
 * Computes stored orders again for every seller that asked for it, batch by batch, outside the
 * consumer. Returns the orders computed. Replicas share the work: who finds a seller taken goes on.
 */
export async function recomputeDue(
  db: Database,
  clock: Clock,
  { signal, onFailure }: RecomputeOptions,
): Promise<number> {
  let orders = 0;
  const failed = new Set<string>();
  for (;;) {
    const sellers = (await dueSellers(db, SELLERS_PER_ROUND + failed.size)).filter(
      (seller) => !failed.has(seller),
    );
    let advanced = 0;
    for (const seller of sellers) {
      if (signal?.aborted) return orders;
      const batch = await attempt(db, seller, clock).catch((error: unknown) => {
        // It stays asked for and is tried again at the next look; the others go on.
        failed.add(seller);
        onFailure(seller, error);
        return null;
      });
      if (batch === null) continue;
      advanced += 1;
      orders += batch;
    }
    if (advanced === 0) return orders;
  }
}

function attempt(db: Database, seller: string, clock: Clock): Promise<number | null> {
  return db.forSellers([seller], (tx) => recomputeBatch(tx, seller, clock));
}

async function dueSellers(db: Database, limit: number): Promise<string[]> {
  const rows = await db.asSystem((tx) =>
    tx.query<{ seller_id: string }>(
      `SELECT seller_id FROM ${SCHEMA}.recompute ORDER BY orders_computed LIMIT $1`,
      [limit],
    ),
  );
  return rows.map((row) => row.seller_id);
}

/** One batch of a seller; null when another replica is at it or nothing is asked any more. */
async function recomputeBatch(tx: Tx, seller: string, clock: Clock): Promise<number | null> {
  await holdSellers(tx, [seller]);
  const [asked] = await tx.query<{ computed_up_to: string }>(
    `SELECT computed_up_to FROM ${SCHEMA}.recompute WHERE seller_id = $1 FOR UPDATE SKIP LOCKED`,
    [seller],
  );
  if (!asked) return null;
  const orders = await lockOrdersAfter(tx, {
    seller,
    after: asked.computed_up_to,
    limit: ORDERS_PER_TRANSACTION,
  });
  if (orders.length > 0) await saveComputed(tx, await computeOrders(tx, orders), clock.now());
  const last = orders.at(-1);
  if (last && orders.length === ORDERS_PER_TRANSACTION) {
    await tx.execute(
      `UPDATE ${SCHEMA}.recompute
          SET computed_up_to = $2, orders_computed = orders_computed + $3 WHERE seller_id = $1`,
      [seller, last.purchaseOrderId, orders.length],
    );
  } else {
    await tx.execute(`DELETE FROM ${SCHEMA}.recompute WHERE seller_id = $1`, [seller]);
  }
  return orders.length;
}
