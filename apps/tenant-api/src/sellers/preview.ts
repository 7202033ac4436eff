import type { Preview } from '@mlc/api';
import type { Tx } from '@mlc/postgres';
import { lockReadModel } from '../read-model/lock.js';

interface Totals {
  orders: number;
  to_post: number;
  held: number;
  excluded: number;
  preview_id: string;
}
interface ReasonRow {
  reason: string;
  lines: number;
  amount: string;
}

/**
 * What going live would post, hold and leave out, from the lines as computed in shadow. The id is a
 * hash over every line's version and the rule set's: it changes whenever what is shown changes.
 */
export async function readPreview(
  tx: Tx,
  sellerId: string,
  ruleSetVersion: number | null,
): Promise<Preview> {
  await lockReadModel(tx, [sellerId], 'look');
  const [totals] = await tx.query<Totals>(
    `select count(distinct purchase_order_id)::int as orders,
            (count(*) filter (where state = 'shadow'))::int as to_post,
            (count(*) filter (where standing = 'held'))::int as held,
            (count(*) filter (where standing = 'excluded'))::int as excluded,
            encode(sha256(convert_to(concat($2::text, ';',
              string_agg(concat(line, '@', version), ';' order by line)), 'UTF8')), 'hex') as preview_id
       from tenant.line where seller_id = $1`,
    [sellerId, String(ruleSetVersion)],
  );
  const accounts = await tx.query<{ account: string; component: string; amount: string }>(
    `select b.account, b.component, sum(b."amountMinor"::numeric)::text as amount
       from tenant.line l
      cross join lateral jsonb_to_recordset(l.bookings)
            as b (account text, component text, "amountMinor" text)
      where l.seller_id = $1 and l.state = 'shadow'
      group by 1, 2 order by b.account collate "C", b.component collate "C"`,
    [sellerId],
  );
  return {
    previewId: totals?.preview_id ?? '',
    orders: totals?.orders ?? 0,
    lines: {
      toPost: totals?.to_post ?? 0,
      held: totals?.held ?? 0,
      excluded: totals?.excluded ?? 0,
    },
    accounts: accounts.map(({ account, component, amount }) => ({
      account,
      component,
      amountMinor: amount,
    })),
    heldByReason: await byReason(tx, sellerId, 'held'),
    excludedByReason: await byReason(tx, sellerId, 'excluded'),
  };
}

async function byReason(
  tx: Tx,
  sellerId: string,
  column: 'held' | 'excluded',
): Promise<Preview['heldByReason']> {
  const rows = await tx.query<ReasonRow>(
    `select r.reason, count(distinct l.line)::int as lines, sum(r."amountMinor"::numeric)::text as amount
       from tenant.line l
      cross join lateral jsonb_to_recordset(l.${column}) as r (reason text, "amountMinor" text)
      where l.seller_id = $1
      group by 1 order by r.reason collate "C"`,
    [sellerId],
  );
  return rows.map(({ reason, lines, amount }) => ({ reason, lines, amountMinor: amount }));
}
