import { crashPoint } from '@mlc/crash-points';
import type { Envelope, OrderSnapshot } from '@mlc/events';
import type { Clock } from '@mlc/kernel';
import type { Tx } from '@mlc/postgres';
import { computeOrders } from './compute-orders.js';
import { storeSnapshots } from './order-store.js';
import { type SavedCounts, saveComputed } from './save-computed.js';
import { holdSellers } from './seller-registry.js';

/** Facts in, journals out, in the caller's transaction: any order and number of messages end the same. */
export async function mapSnapshots(
  tx: Tx,
  events: readonly Envelope<OrderSnapshot>[],
  clock: Clock,
): Promise<SavedCounts> {
  await holdSellers(tx, [...new Set(events.map(({ seller }) => seller))]);
  const orders = await storeSnapshots(
    tx,
    events.map(({ seller, correlationId, id, payload }) => ({
      seller,
      correlationId,
      causationId: id,
      snapshot: payload,
    })),
  );
  const saved = await saveComputed(tx, await computeOrders(tx, orders), clock.now());
  crashPoint('mapping.before-commit');
  return saved;
}
