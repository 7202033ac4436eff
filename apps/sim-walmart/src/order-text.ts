import type { EpochMs } from '@mlc/kernel';

/** How a list shows an order differently from the single-order answer. */
export interface ListView {
  readonly orderDate?: EpochMs;
  readonly shipNode?: 'absent' | 'empty';
}

/** What the control API takes for one order. */
export interface OrderVersion {
  readonly shipNodeType: ShipNodeType;
  readonly created: EpochMs;
  readonly modified: EpochMs;
  /** The order object, or its exact JSON text when number literals have to stay as they are. */
  readonly order: OrderObject | string;
  readonly list?: ListView;
}

export const SHIP_NODE_TYPES = ['SellerFulfilled', 'WFSFulfilled', '3PLFulfilled'] as const;
export type ShipNodeType = (typeof SHIP_NODE_TYPES)[number];

export interface OrderLineObject {
  readonly item?: { readonly sku?: string };
  readonly orderLineStatuses?: {
    readonly orderLineStatus?: readonly { readonly status?: string }[];
  };
  readonly fulfillment?: { readonly shippingProgramType?: string };
}

export interface OrderObject {
  readonly [field: string]: unknown;
  readonly purchaseOrderId: string;
  readonly customerOrderId?: string;
  readonly orderType?: string;
  readonly orderDate?: number;
  readonly shippingInfo?: { readonly estimatedShipDate?: number };
  readonly orderLines?: { readonly orderLine?: readonly OrderLineObject[] };
}

/** One order as it is kept: texts ready to be sent, and what the filters look at. */
export interface KeptOrder {
  readonly purchaseOrderId: string;
  readonly customerOrderId: string | undefined;
  readonly orderType: string | undefined;
  readonly shipNodeType: ShipNodeType;
  readonly created: EpochMs;
  readonly modified: EpochMs;
  readonly lines: number;
  readonly skus: readonly string[];
  readonly statuses: readonly string[];
  readonly programs: readonly string[];
  readonly expectedShipDate: number | undefined;
  /** Single order, with the replacement fields. */
  readonly text: string;
  /** In a list, with the replacement fields; the same string as `text` when nothing differs. */
  readonly listText: string;
}

export interface ListQuirk {
  readonly seed: string;
  readonly wrongDatePercent: number;
}

export function keepOrder(version: OrderVersion, quirk: ListQuirk): KeptOrder {
  const { order, shipNodeType, created, modified } = version;
  const text = typeof order === 'string' ? order : JSON.stringify(order);
  const read = typeof order === 'string' ? (JSON.parse(order) as OrderObject) : order;
  const lines = read.orderLines?.orderLine;
  if (typeof read.purchaseOrderId !== 'string' || !Array.isArray(lines)) {
    throw new TypeError('an order needs purchaseOrderId (text) and orderLines.orderLine (array)');
  }
  const orderLines = lines as readonly OrderLineObject[];
  return {
    purchaseOrderId: read.purchaseOrderId,
    customerOrderId: read.customerOrderId,
    orderType: read.orderType,
    shipNodeType,
    created,
    modified,
    lines: orderLines.length,
    skus: present(orderLines.map((line) => line.item?.sku)),
    statuses: present(
      orderLines.flatMap((line) =>
        (line.orderLineStatuses?.orderLineStatus ?? []).map(({ status }) => status),
      ),
    ),
    programs: present(orderLines.map((line) => line.fulfillment?.shippingProgramType)),
    expectedShipDate: read.shippingInfo?.estimatedShipDate,
    text,
    listText: listTextOf(read, text, version.list ?? {}, quirk),
  };
}

function present(values: readonly (string | undefined)[]): string[] {
  return [...new Set(values.filter((value) => value !== undefined))];
}

const HOUR_MS = 3_600_000;
/** Some stay within the day, some leave it whatever the hour. */
const DATE_ERRORS_MS = [-26 * HOUR_MS, 2 * HOUR_MS, 26 * HOUR_MS, -3 * HOUR_MS];

function listTextOf(read: OrderObject, text: string, view: ListView, quirk: ListQuirk): string {
  const shown: Record<string, unknown> = { ...read };
  const draw = drawOf(`${quirk.seed}/${read.purchaseOrderId}`);
  if (view.orderDate !== undefined) {
    shown['orderDate'] = view.orderDate;
  } else if (read.orderDate !== undefined && draw % 100 < quirk.wrongDatePercent) {
    const errorMs = DATE_ERRORS_MS[Math.floor(draw / 100) % DATE_ERRORS_MS.length] ?? HOUR_MS;
    shown['orderDate'] = read.orderDate + errorMs;
  }
  if (view.shipNode === 'absent') delete shown['shipNode'];
  if (view.shipNode === 'empty') shown['shipNode'] = {};
  const differs =
    shown['orderDate'] !== read.orderDate || (view.shipNode !== undefined && 'shipNode' in read);
  return differs || view.shipNode === 'empty' ? JSON.stringify(shown) : text;
}

/** A stable number for a text (FNV-1a). */
function drawOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
  }
  return hash;
}

/** `replacementInfo=false`: the replacement fields are not in the answer, the order still is. */
export function withoutReplacementInfo(text: string): string {
  const { orderType, originalCustomerOrderID, ...rest } = JSON.parse(text) as Record<
    string,
    unknown
  >;
  return orderType === undefined && originalCustomerOrderID === undefined
    ? text
    : JSON.stringify(rest);
}
