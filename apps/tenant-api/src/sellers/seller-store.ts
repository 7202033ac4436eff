import { type Seller, sellerSchema } from '@mlc/events';
import { isSellerId, type Tx } from '@mlc/postgres';
import { unknownSeller } from '../api/refusal.js';
import type { Room } from './room.js';

interface SellerRow {
  seller_id: string;
  version: number;
  name: string;
  market: string;
  walmart_seller_id: string;
  tenant: string;
  enterprise_group: string;
  accounting_entity: string;
  currency: string;
  accounting_zone: string;
  go_live_date: string;
  state: string;
  recognition: string;
  closed_period: string;
  trace_field: string;
  poll_every_ms: number;
  polling_paused: boolean;
  rule_set_version: number | null;
  approved_by: string | null;
}

export const SELLER_COLUMNS = `seller_id, version, name, market, walmart_seller_id, tenant,
  enterprise_group, accounting_entity, currency, accounting_zone, go_live_date::text as go_live_date,
  state, recognition, closed_period, trace_field, poll_every_ms, polling_paused, rule_set_version,
  approved_by`;

function sellerOf(row: SellerRow): Seller {
  return sellerSchema.parse({
    sellerId: row.seller_id,
    version: row.version,
    name: row.name,
    market: row.market,
    walmartSellerId: row.walmart_seller_id,
    ledger: {
      tenant: row.tenant,
      enterpriseGroup: row.enterprise_group,
      accountingEntity: row.accounting_entity,
    },
    currency: row.currency,
    accountingZone: row.accounting_zone,
    goLiveDate: row.go_live_date,
    state: row.state,
    recognition: row.recognition,
    closedPeriod: row.closed_period,
    traceField: row.trace_field,
    polling: { everyMs: row.poll_every_ms, paused: row.polling_paused },
    ruleSetVersion: row.rule_set_version,
    approvedBy: row.approved_by,
  });
}

/** One transaction for one seller; a text that can be no seller id is an unknown seller. */
export function forSeller<T>(
  { db }: Pick<Room, 'db'>,
  sellerId: string,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  if (!isSellerId(sellerId)) return Promise.reject(unknownSeller());
  return db.forSellers([sellerId], work);
}

/** The seller, locked until the transaction ends when it is to be changed; null when unknown. */
export async function findSeller(
  tx: Tx,
  sellerId: string,
  lock: 'change' | 'look' = 'look',
): Promise<Seller | null> {
  const [row] = await tx.query<SellerRow>(
    `select ${SELLER_COLUMNS} from tenant.seller where seller_id = $1 ${
      lock === 'change' ? 'for update' : ''
    }`,
    [sellerId],
  );
  return row ? sellerOf(row) : null;
}

export async function requireSeller(
  tx: Tx,
  sellerId: string,
  lock: 'change' | 'look' = 'look',
): Promise<Seller> {
  const seller = await findSeller(tx, sellerId, lock);
  if (!seller) throw unknownSeller();
  return seller;
}

/** Sellers after `after`, by id, at most `limit`; for the operator's list only. */
export async function listSellers(
  { db }: Pick<Room, 'db'>,
  page: { readonly after: string; readonly limit: number },
): Promise<Seller[]> {
  const rows = await db.asSystem((tx) =>
    tx.query<SellerRow>(
      `select ${SELLER_COLUMNS} from tenant.seller where seller_id > $1 order by seller_id limit $2`,
      [page.after, page.limit],
    ),
  );
  return rows.map(sellerOf);
}

/** False when the seller is there already. */
export async function insertSeller(tx: Tx, seller: Seller): Promise<boolean> {
  const inserted = await tx.execute(
    `insert into tenant.seller (seller_id, version, name, market, walmart_seller_id, tenant,
       enterprise_group, accounting_entity, currency, accounting_zone, go_live_date, state,
       recognition, closed_period, trace_field, poll_every_ms, polling_paused, rule_set_version,
       approved_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
     on conflict (seller_id) do nothing`,
    [
      seller.sellerId,
      seller.version,
      seller.name,
      seller.market,
      seller.walmartSellerId,
      seller.ledger.tenant,
      seller.ledger.enterpriseGroup,
      seller.ledger.accountingEntity,
      seller.currency,
      seller.accountingZone,
      seller.goLiveDate,
      seller.state,
      seller.recognition,
      seller.closedPeriod,
      seller.traceField,
      seller.polling.everyMs,
      seller.polling.paused,
      seller.ruleSetVersion,
      seller.approvedBy,
    ],
  );
  return inserted === 1;
}

/** Stores what may change of a seller; identity, ledger and currency never do. */
export async function updateSeller(tx: Tx, seller: Seller): Promise<void> {
  await tx.execute(
    `update tenant.seller
        set version = $2, name = $3, state = $4, closed_period = $5, trace_field = $6,
            poll_every_ms = $7, polling_paused = $8, rule_set_version = $9, approved_by = $10
      where seller_id = $1`,
    [
      seller.sellerId,
      seller.version,
      seller.name,
      seller.state,
      seller.closedPeriod,
      seller.traceField,
      seller.polling.everyMs,
      seller.polling.paused,
      seller.ruleSetVersion,
      seller.approvedBy,
    ],
  );
}
