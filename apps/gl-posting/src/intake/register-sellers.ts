import type { Seller } from '@mlc/events';
import { ledgerKey } from '@mlc/kernel';
import type { Tx } from '@mlc/postgres';

/** Takes sellers over by version: an older one changes nothing (B6). */
export async function registerSellers(tx: Tx, sellers: readonly Seller[]): Promise<void> {
  const newest = new Map<string, Seller>();
  for (const seller of sellers) {
    const known = newest.get(seller.sellerId);
    if (!known || known.version < seller.version) newest.set(seller.sellerId, seller);
  }
  const rows = [...newest.values()];
  await tx.execute(
    `INSERT INTO posting.seller AS known (seller_id, version, state, ledger_key, body)
     SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::jsonb[])
     ON CONFLICT (seller_id) DO UPDATE
       SET version = excluded.version, state = excluded.state, ledger_key = excluded.ledger_key, body = excluded.body
       WHERE excluded.version > known.version`,
    [
      rows.map((seller) => seller.sellerId),
      rows.map((seller) => seller.version),
      rows.map((seller) => seller.state),
      rows.map((seller) => ledgerKey(seller.ledger)),
      rows.map((seller) => JSON.stringify(seller)),
    ],
  );
}
