import { hash } from 'node:crypto';
import { type EpochMs, failure, err, ok, type Result } from '@mlc/kernel';
import { errorsIn } from './failures.js';
import { listOf, objectOf, parseLoose, textOf, type WireObject } from './json.js';

/** Orders appear only in the query for their own node type. */
export const SHIP_NODE_TYPES = ['SellerFulfilled', 'WFSFulfilled', '3PLFulfilled'] as const;
export type ShipNodeType = (typeof SHIP_NODE_TYPES)[number];

export interface OrderWindow {
  readonly shipNodeType: ShipNodeType;
  /** Always sent: left out it means "of the last 7 days", which loses updates of older orders. */
  readonly createdFrom: EpochMs;
  readonly modifiedFrom: EpochMs;
  /** Frozen by the caller, so that the window does not move while it is paged. */
  readonly modifiedTo: EpochMs;
}

export interface ListedOrder {
  readonly purchaseOrderId: string;
  readonly lines: number;
  /** Over the order as listed: while it stays the same there is nothing new to read. */
  readonly listHash: string;
}

export interface OrderPage {
  readonly orders: readonly ListedOrder[];
  readonly totalCount: number | null;
  /** A ready query string beginning with `?`, to be appended as it is; null on the last page. */
  readonly nextCursor: string | null;
}

export const PAGE_LIMIT = 200;

const PURCHASE_ORDER_ID = /^[0-9][0-9A-Za-z-]{0,39}$/;

function second(at: EpochMs, round: 'down' | 'up'): string {
  const whole = (round === 'down' ? Math.floor(at / 1000) : Math.ceil(at / 1000)) * 1000;
  return new Date(whole).toISOString().replace('.000Z', 'Z');
}

export function firstPagePath(window: OrderWindow): string {
  const query = new URLSearchParams({
    createdStartDate: second(window.createdFrom, 'down'),
    lastModifiedStartDate: second(window.modifiedFrom, 'down'),
    lastModifiedEndDate: second(window.modifiedTo, 'up'),
    shipNodeType: window.shipNodeType,
    limit: String(PAGE_LIMIT),
    // Without it replacements are left out, and their lines would be missing instead of excluded.
    replacementInfo: 'true',
  });
  return `/v3/orders?${query.toString()}`;
}

/**
 * The cursor goes out as it came in: re-encoded, Walmart answers page 1 again with status 200. Only
 * `&amp;` of its HTML-escaping surfaces is undone.
 */
export function nextPagePath(cursor: string): string {
  return `/v3/orders${cursor.startsWith('?') ? '' : '?'}${cursor.replaceAll('&amp;', '&')}`;
}

function listed(node: WireObject): ListedOrder | null {
  const purchaseOrderId = textOf(node['purchaseOrderId']);
  if (purchaseOrderId === null || !PURCHASE_ORDER_ID.test(purchaseOrderId)) return null;
  return {
    purchaseOrderId,
    lines: listOf(objectOf(node['orderLines'])['orderLine']).length,
    listHash: hash('sha256', JSON.stringify(node), 'hex'),
  };
}

function cursorOf(meta: WireObject, orders: number): string | null {
  const cursor = textOf(meta['nextCursor']);
  if (cursor === null || orders === 0 || /[?&](?:amp;)?hasMoreElements=false/i.test(cursor)) {
    return null;
  }
  return cursor;
}

/** One page of the list. Its amounts are not used, only who is on it and whether they changed. */
export function readPage(body: string): Result<OrderPage> {
  const parsed = parseLoose(body);
  if (!parsed.ok) return parsed;
  const unusable = (why: string) =>
    err(
      failure(
        'unavailable',
        'walmart.errors-in-answer',
        `the order list cannot be used: ${why}; it is read again at the next poll`,
      ),
    );
  const root = objectOf(parsed.value);
  const errors = errorsIn(root);
  const [first] = errors;
  if (first) return unusable(`${first.code} ${first.text}`.trim());
  if (root['list'] === undefined) return unusable('it has no list');
  const list = objectOf(root['list']);
  const nodes = listOf(objectOf(list['elements'])['order']).map(objectOf);
  const orders: ListedOrder[] = [];
  for (const node of nodes) {
    const order = listed(node);
    if (!order) return unusable('an order on it has no proper purchaseOrderId');
    orders.push(order);
  }
  const meta = objectOf(list['meta']);
  const total = Number(textOf(meta['totalCount']) ?? Number.NaN);
  return ok({
    orders,
    totalCount: Number.isInteger(total) ? total : null,
    nextCursor: cursorOf(meta, nodes.length),
  });
}
