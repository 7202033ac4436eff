import { isoInstant, sha256Hex, type EpochMs } from '@mlc/kernel';
import { invalidParameter, nothingFound, type Answer } from './answers.js';
import type { SellerBooks, WindowSlice } from './books.js';
import {
  SHIP_NODE_TYPES,
  withoutReplacementInfo,
  type KeptOrder,
  type ShipNodeType,
} from './order-text.js';

const DAY_MS = 86_400_000;
const DEFAULT_WINDOW_DAYS = 7;
const HISTORY_DAYS = 180;
const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 200;
const STATUSES = ['Created', 'Acknowledged', 'Shipped', 'Delivered', 'Cancelled'];
/** Query names a cursor repeats, in its order; everything else a caller sends is ignored. */
const FILTERS = [
  'status',
  'sku',
  'customerOrderId',
  'purchaseOrderId',
  'fromExpectedShipDate',
  'toExpectedShipDate',
  'lastModifiedStartDate',
  'lastModifiedEndDate',
  'shippingProgramType',
  'productInfo',
  'replacementInfo',
  'orderType',
] as const;
/** Holds `+`, `/` and `=` on purpose: a client that takes it apart will spell it differently. */
const CURSOR_MARK = '&cursor=AoE/+';

/** Raw (still percent-encoded) query values by name; the last of a name wins. */
export type RawQuery = ReadonlyMap<string, string>;

export interface OrderQueryContext {
  readonly seller: SellerBooks;
  /** Query without `?`, exactly as it came. */
  readonly rawQuery: string;
  readonly now: EpochMs;
  /** `/v3/orders/released`: only lines in Created, no status and no lastModified filters. */
  readonly released: boolean;
  readonly cap: number;
}

interface Bounds {
  readonly start: EpochMs;
  readonly end: EpochMs;
}

interface ParsedQuery {
  readonly raw: RawQuery;
  readonly limit: number;
  readonly shipNodeType: ShipNodeType;
  readonly created: Bounds;
  readonly createdText: { readonly start: string; readonly end: string };
  readonly modified: Bounds | undefined;
  readonly replacementInfo: boolean;
  readonly keeps: ((order: KeptOrder) => boolean) | undefined;
}

interface Position {
  /** Candidates of the window already looked at, newest first. */
  readonly looked: number;
  /** Orders already served. */
  readonly served: number;
  readonly totalCount: number;
}

class BadParameter extends Error {
  constructor(readonly field: string) {
    super(`The value provided for '${field}' is invalid.`);
  }
}

/** One page of orders, newest first; 404 when the window holds none. */
export function answerOrders(context: OrderQueryContext): Answer {
  try {
    return page(context, parseQuery(context));
  } catch (error) {
    if (error instanceof BadParameter) return invalidParameter(error.field, error.message);
    throw error;
  }
}

function page(context: OrderQueryContext, query: ParsedQuery): Answer {
  const { seller, rawQuery, cap } = context;
  const slice = query.modified
    ? seller.window(query.shipNodeType, 'modified', [query.modified.start, query.modified.end])
    : seller.window(query.shipNodeType, 'created', [query.created.start, query.created.end]);
  const resumed = positionIn(rawQuery);
  const at = resumed ?? { looked: 0, served: 0, totalCount: count(slice, query) };
  if (at.totalCount === 0) return nothingFound('orders');
  if (at.served >= cap) {
    return invalidParameter('createdStartDate', `More than ${cap} orders in one query.`);
  }
  const texts: string[] = [];
  let { looked } = at;
  const size = slice.to - slice.from;
  while (texts.length < query.limit && looked < size) {
    const order = slice.rows[slice.to - 1 - looked];
    looked += 1;
    if (!order || (query.keeps && !query.keeps(order))) continue;
    texts.push(query.replacementInfo ? order.listText : withoutReplacementInfo(order.listText));
  }
  const served = at.served + texts.length;
  const more = served < at.totalCount && looked < size;
  const meta: Record<string, unknown> = { totalCount: at.totalCount, limit: query.limit };
  // A query of one page has no cursor; the last of several says that nothing follows.
  if (more || resumed) {
    meta['nextCursor'] = cursor(
      context,
      query,
      { looked, served, totalCount: at.totalCount },
      more,
    );
  }
  const list = `{"meta":${JSON.stringify(meta)},"elements":{"order":[${texts.join(',')}]}}`;
  return { status: 200, body: `{"list":${list}}` };
}

function count(slice: WindowSlice, query: ParsedQuery): number {
  if (!query.keeps) return slice.to - slice.from;
  let found = 0;
  for (let at = slice.from; at < slice.to; at += 1) {
    const order = slice.rows[at];
    if (order && query.keeps(order)) found += 1;
  }
  return found;
}

function cursor(
  { seller, released }: OrderQueryContext,
  query: ParsedQuery,
  position: Position,
  more: boolean,
): string {
  const parts = [
    `limit=${query.limit}`,
    `hasMoreElements=${more}`,
    `soIndex=${position.totalCount}`,
    `poIndex=${position.served}`,
    `partnerId=${seller.identity.partnerId ?? seller.walmartSellerId}`,
    `sellerId=${seller.walmartSellerId}`,
  ];
  if (released) parts.push('status=Created');
  for (const name of FILTERS) {
    const raw = query.raw.get(name);
    if (raw !== undefined && !(released && name === 'status')) parts.push(`${name}=${raw}`);
  }
  parts.push(`shipNodeType=${query.shipNodeType}`);
  parts.push(`createdStartDate=${query.createdText.start}`);
  parts.push(`createdEndDate=${query.createdText.end}`);
  const text = parts.join('&');
  const state = `${position.looked}.${position.served}.${position.totalCount}`;
  const seal = Buffer.from(`${state}.${sealOf(text, state)}`).toString('base64');
  return `?${text}${CURSOR_MARK}${seal}=`;
}

function sealOf(text: string, state: string): string {
  return sha256Hex(`${text}#${state}`).slice(0, 16);
}

/** Where a cursor stands. A cursor that was spelled anew stands nowhere: page 1 is served again. */
function positionIn(rawQuery: string): Position | undefined {
  const mark = rawQuery.lastIndexOf(CURSOR_MARK);
  if (mark < 0) return undefined;
  const text = rawQuery.slice(0, mark);
  const opaque = rawQuery.slice(mark + CURSOR_MARK.length);
  const [looked, served, totalCount, seal] = Buffer.from(opaque, 'base64').toString().split('.');
  if (seal !== sealOf(text, `${looked}.${served}.${totalCount}`)) return undefined;
  return { looked: Number(looked), served: Number(served), totalCount: Number(totalCount) };
}

export function parseRawQuery(rawQuery: string): RawQuery {
  const pairs = rawQuery === '' ? [] : rawQuery.split('&');
  return new Map(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

function parseQuery({ rawQuery, now, released }: OrderQueryContext): ParsedQuery {
  const raw = parseRawQuery(rawQuery);
  const shipNodeType = (value(raw, 'shipNodeType') ?? 'SellerFulfilled') as ShipNodeType;
  if (!SHIP_NODE_TYPES.includes(shipNodeType)) throw new BadParameter('shipNodeType');
  const oldest = now - HISTORY_DAYS * DAY_MS;
  const asked = instant(raw, 'createdStartDate') ?? now - DEFAULT_WINDOW_DAYS * DAY_MS;
  // Older starts are moved without a word; only the cursor tells.
  const start = Math.max(asked, oldest);
  const end = instant(raw, 'createdEndDate') ?? now;
  const created = { start, end };
  const modified = released ? undefined : modifiedBounds(raw);
  return {
    raw,
    limit: limitOf(raw),
    shipNodeType,
    created,
    createdText: {
      start: (asked === start ? raw.get('createdStartDate') : undefined) ?? isoInstant(start),
      end: raw.get('createdEndDate') ?? isoInstant(end),
    },
    modified,
    replacementInfo: value(raw, 'replacementInfo') === 'true',
    keeps: filterOf(raw, released, modified ? created : undefined),
  };
}

function modifiedBounds(raw: RawQuery): Bounds | undefined {
  const start = instant(raw, 'lastModifiedStartDate');
  const end = instant(raw, 'lastModifiedEndDate');
  if (start === undefined && end === undefined) return undefined;
  return { start: start ?? 0, end: end ?? Number.MAX_SAFE_INTEGER - 1 };
}

function filterOf(
  raw: RawQuery,
  released: boolean,
  created: Bounds | undefined,
): ParsedQuery['keeps'] {
  const tests: ((order: KeptOrder) => boolean)[] = [];
  if (created) tests.push(({ created: at }) => at >= created.start && at <= created.end);
  const status = released ? 'Created' : value(raw, 'status');
  if (status !== undefined) {
    if (!STATUSES.includes(status)) throw new BadParameter('status');
    tests.push((order) => order.statuses.includes(status));
  }
  const sku = value(raw, 'sku');
  if (sku !== undefined) tests.push((order) => order.skus.includes(sku));
  const customerOrderId = value(raw, 'customerOrderId');
  if (customerOrderId !== undefined) {
    tests.push((order) => order.customerOrderId === customerOrderId);
  }
  const purchaseOrderId = value(raw, 'purchaseOrderId');
  if (purchaseOrderId !== undefined) {
    tests.push((order) => order.purchaseOrderId === purchaseOrderId);
  }
  const program = value(raw, 'shippingProgramType');
  if (program !== undefined) tests.push((order) => order.programs.includes(program));
  const orderType = value(raw, 'orderType');
  if (orderType !== undefined && value(raw, 'replacementInfo') === 'true') {
    tests.push((order) => (order.orderType ?? 'REGULAR') === orderType);
  }
  const from = instant(raw, 'fromExpectedShipDate');
  if (from !== undefined) tests.push((order) => (order.expectedShipDate ?? -1) >= from);
  const to = instant(raw, 'toExpectedShipDate');
  if (to !== undefined) tests.push((order) => (order.expectedShipDate ?? to + 1) <= to);
  return tests.length === 0 ? undefined : (order) => tests.every((test) => test(order));
}

function value(raw: RawQuery, name: string): string | undefined {
  const text = raw.get(name);
  if (text === undefined || text === '') return undefined;
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) throw new BadParameter(name);
    throw error;
  }
}

function limitOf(raw: RawQuery): number {
  const text = value(raw, 'limit');
  if (text === undefined) return DEFAULT_LIMIT;
  const limit = /^\d{1,4}$/.test(text) ? Number.parseInt(text, 10) : 0;
  if (limit < 1 || limit > MAX_LIMIT) throw new BadParameter('limit');
  return limit;
}

const INSTANT = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:?\d{2}))?$/;

/** `yyyy-MM-dd` (00:00 UTC) or a date with time and zone. */
function instant(raw: RawQuery, name: string): EpochMs | undefined {
  const text = value(raw, name);
  if (text === undefined) return undefined;
  const at = INSTANT.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw new BadParameter(name);
  return at;
}
