import type { Clock } from '@mlc/kernel';
import { isoInstant, unwrap } from '@mlc/kernel';
import type { Database, Tx } from '@mlc/postgres';
import type { ItemRead, WalmartClient } from '@mlc/walmart';
import type { LimitFunction } from 'p-limit';

/** Product type by SKU; null for an item Walmart does not know or has not typed. */
export type ProductTypes = ReadonlyMap<string, string | null>;

const MAX_RETRIED_ITEMS = 200;

/** What items say, kept by SKU, so that each is read once and a miss is not asked for at every order. */
export class ItemShelf {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
    private readonly sellerId: string,
  ) {}

  /** Throws when Walmart cannot be asked: an order is not stored with an item that was only not read. */
  async productTypes(
    skus: ReadonlySet<string>,
    client: Pick<WalmartClient, 'readItem'>,
    limit: LimitFunction,
  ): Promise<ProductTypes> {
    const types = new Map(await this.#known(skus));
    const missing = [...skus].filter((sku) => !types.has(sku));
    for (const [sku, read] of await this.#read(missing, client, limit)) {
      types.set(sku, read.kind === 'known' ? read.productType : null);
    }
    return types;
  }

  /** Asks again for items missed before `missedBefore`; answers the ones that are known by now. */
  async retryMissed(
    missedBefore: number,
    client: Pick<WalmartClient, 'readItem'>,
    limit: LimitFunction,
  ): Promise<ProductTypes> {
    const rows = await this.db.forSellers([this.sellerId], (tx) =>
      tx.query<{ sku: string }>(
        `select sku from ingestion.item
          where seller_id = $1 and not known and read_at <= $2 order by read_at limit $3`,
        [this.sellerId, isoInstant(missedBefore), MAX_RETRIED_ITEMS],
      ),
    );
    const learned = new Map<string, string | null>();
    const skus = rows.map((row) => row.sku);
    for (const [sku, read] of await this.#read(skus, client, limit)) {
      if (read.kind === 'known' && read.productType !== null) learned.set(sku, read.productType);
    }
    return learned;
  }

  async #known(skus: ReadonlySet<string>): Promise<[string, string | null][]> {
    if (skus.size === 0) return [];
    const rows = await this.db.forSellers([this.sellerId], (tx) =>
      tx.query<{ sku: string; product_type: string | null }>(
        'select sku, product_type from ingestion.item where seller_id = $1 and sku = any($2::text[])',
        [this.sellerId, [...skus]],
      ),
    );
    return rows.map((row) => [row.sku, row.product_type]);
  }

  async #read(
    skus: readonly string[],
    client: Pick<WalmartClient, 'readItem'>,
    limit: LimitFunction,
  ): Promise<[string, ItemRead][]> {
    if (skus.length === 0) return [];
    const reads = await Promise.all(
      skus.map((sku) =>
        limit(async (): Promise<[string, ItemRead]> => [sku, unwrap(await client.readItem(sku))]),
      ),
    );
    await this.db.forSellers([this.sellerId], (tx) => this.#store(tx, reads));
    return reads;
  }

  async #store(tx: Tx, reads: readonly [string, ItemRead][]): Promise<void> {
    const at = isoInstant(this.clock.now());
    await tx.execute(
      `insert into ingestion.item (seller_id, sku, known, product_type, shelf, read_at)
       select $1, sku, known, product_type, shelf::jsonb, $2
         from unnest($3::text[], $4::bool[], $5::text[], $6::text[])
           as read (sku, known, product_type, shelf)
       on conflict (seller_id, sku) do update
         set known = excluded.known, product_type = excluded.product_type, shelf = excluded.shelf,
             read_at = excluded.read_at`,
      [
        this.sellerId,
        at,
        reads.map(([sku]) => sku),
        reads.map(([, read]) => read.kind === 'known' && read.productType !== null),
        reads.map(([, read]) => (read.kind === 'known' ? read.productType : null)),
        reads.map(([, read]) => JSON.stringify(read.kind === 'known' ? read.shelf : [])),
      ],
    );
  }
}
