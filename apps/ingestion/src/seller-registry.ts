import { type Seller, sellerSchema } from '@mlc/events';
import type { Database, Tx } from '@mlc/postgres';

/** Orders are read in shadow and in live, unless somebody paused it. */
export function isPolled(seller: Pick<Seller, 'state' | 'polling'>): boolean {
  return (seller.state === 'shadow' || seller.state === 'live') && !seller.polling.paused;
}

/** Takes sellers as announced; an older or equal version changes nothing. */
export async function upsertSellers(tx: Tx, sellers: readonly Seller[]): Promise<void> {
  const newest = new Map<string, Seller>();
  for (const seller of sellers) {
    if (seller.version > (newest.get(seller.sellerId)?.version ?? 0)) {
      newest.set(seller.sellerId, seller);
    }
  }
  const rows = [...newest.values()];
  await tx.execute(
    `insert into ingestion.seller as known (seller_id, version, seller, polled, every_ms, next_poll_at)
     select id, version, seller::jsonb, polled, every_ms, ingestion.db_now()
       from unnest($1::text[], $2::int[], $3::text[], $4::bool[], $5::int[])
         as told (id, version, seller, polled, every_ms)
     on conflict (seller_id) do update
       set version = excluded.version, seller = excluded.seller, polled = excluded.polled,
           every_ms = excluded.every_ms,
           next_poll_at = case
             when excluded.polled and not known.polled then excluded.next_poll_at
             else least(known.next_poll_at,
                        excluded.next_poll_at + make_interval(secs => excluded.every_ms / 1000.0))
           end
       where known.version < excluded.version`,
    [
      rows.map((row) => row.sellerId),
      rows.map((row) => row.version),
      rows.map((row) => JSON.stringify(row)),
      rows.map(isPolled),
      rows.map((row) => row.polling.everyMs),
    ],
  );
}

export async function findSeller(db: Database, sellerId: string): Promise<Seller | null> {
  return db.forSellers([sellerId], async (tx) => {
    const [row] = await tx.query<{ seller: unknown }>(
      'select seller from ingestion.seller where seller_id = $1',
      [sellerId],
    );
    return row ? sellerSchema.parse(row.seller) : null;
  });
}

/** Sellers whose next poll is due, longest waiting first. */
export async function dueSellers(db: Database, limit: number): Promise<string[]> {
  const rows = await db.asSystem((tx) =>
    tx.query<{ seller_id: string }>(
      `select seller_id from ingestion.seller
        where polled and next_poll_at <= ingestion.db_now() order by next_poll_at limit $1`,
      [limit],
    ),
  );
  return rows.map((row) => row.seller_id);
}

/** Sets the next poll `everyMs` from now, or later where Walmart asked for it. */
export async function scheduleNext(db: Database, sellerId: string, atLeastMs: number) {
  await db.forSellers([sellerId], (tx) =>
    tx.execute(
      `update ingestion.seller
          set next_poll_at = ingestion.db_now() + make_interval(secs => greatest(every_ms, $2) / 1000.0)
        where seller_id = $1`,
      [sellerId, Math.ceil(atLeastMs)],
    ),
  );
}
