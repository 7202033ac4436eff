import { type OrderSnapshot, type OrderSnapshotLine } from '@mlc/events';
import { err, failure, isoInstant, ok, type Result } from '@mlc/kernel';
import { listOf, objectOf, parseExact, textOf, type Wire, type WireObject } from './json.js';

type Charge = OrderSnapshotLine['charges'][number];
type Money = Charge['charge'];

/** What one order read says, without the buyer; product types come from the items. */
export type OrderFacts = Pick<
  OrderSnapshot,
  'purchaseOrderId' | 'customerOrderId' | 'orderType' | 'orderedAt' | 'shipNodeId' | 'shipToState'
> & { readonly lines: readonly Omit<OrderSnapshotLine, 'productType'>[] };

const MAX_LINES = 1000;
const MAX_EXPONENT = 20;

/** A body that lacks what a booking needs. It is never guessed, so it ends the reading of this order. */
class Unreadable extends Error {}

function required(node: WireObject, name: string, maxChars: number): string {
  const text = textOf(node[name]);
  if (text === null) throw new Unreadable(`${name} is missing`);
  if (text.length > maxChars) throw new Unreadable(`${name} is longer than ${maxChars} characters`);
  if (!text.isWellFormed() || text.includes('\0'))
    throw new Unreadable(`${name} is not proper text`);
  return text;
}

function optional(node: WireObject, name: string, maxChars: number): string | null {
  return textOf(node[name]) === null ? null : required(node, name, maxChars);
}

/** The exact decimal of a JSON number or text; an exponent is written out. */
export function decimalOf(source: string): string | null {
  const parts = /^(-?)(\d{1,30})(?:\.(\d{1,30}))?(?:[eE]([+-]?\d{1,3}))?$/.exec(source);
  if (!parts) return null;
  const [, sign = '', whole = '', fraction = '', exponent] = parts;
  const shift = Number(exponent ?? '0');
  if (shift === 0) return `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`;
  if (Math.abs(shift) > MAX_EXPONENT) return null;
  const digits = `${'0'.repeat(Math.max(-shift, 0))}${whole}${fraction}${'0'.repeat(Math.max(shift, 0))}`;
  const point = Math.max(-shift, 0) + whole.length + shift;
  const integer = digits.slice(0, point).replace(/^0+(?=\d)/, '');
  const decimals = digits.slice(point).replace(/0+$/, '');
  return `${sign}${integer === '' ? '0' : integer}${decimals === '' ? '' : `.${decimals}`}`;
}

/** JSON dates are epoch milliseconds (the field texts say ISO, which is taken too). */
function instantOf(node: WireObject, name: string): string {
  const text = required(node, name, 40);
  const at = /^\d{1,15}$/.test(text) ? Number(text) : Date.parse(text);
  if (Number.isNaN(at) || at > 8.64e15) throw new Unreadable(`${name} is not a date`);
  return isoInstant(at);
}

/** Quantities are texts of whole units. */
function unitsOf(value: Wire | undefined, name: string): number {
  const text = textOf(objectOf(value)['amount']);
  const parts = text === null ? null : /^(\d{1,9})(?:\.0+)?$/.exec(text);
  if (!parts) throw new Unreadable(`${name} is not a whole number of units`);
  return Number(parts[1]);
}

function moneyOf(value: Wire | undefined, name: string): Money | null {
  const node = objectOf(value);
  const source = textOf(node['amount']);
  if (source === null) return null;
  const amount = decimalOf(source);
  if (amount === null) throw new Unreadable(`${name} is not an exact amount`);
  return { currency: required(node, 'currency', 8), amount };
}

/** An empty charge is no charge; one with a name but no amount cannot be read. */
function chargeOf(value: Wire): Charge | null {
  const node = objectOf(value);
  const money = moneyOf(node['chargeAmount'], 'chargeAmount');
  if (!money) {
    if (textOf(node['chargeType']) === null && textOf(node['chargeName']) === null) return null;
    throw new Unreadable('a charge has no amount');
  }
  return {
    chargeType: required(node, 'chargeType', 60),
    chargeName: required(node, 'chargeName', 120),
    charge: money,
    tax: moneyOf(objectOf(node['tax'])['taxAmount'], 'taxAmount'),
  };
}

function chargesOf(values: readonly Wire[]): Charge[] {
  const charges: Charge[] = [];
  for (const value of values) {
    const charge = chargeOf(value);
    if (charge) charges.push(charge);
  }
  return charges;
}

/** `refund`, `refunds.refund[]` and `refunds.refundLines.refundLine[]` have all been met. */
function refundsOf(line: WireObject): Charge[] {
  const several = objectOf(line['refunds']);
  const refunds = [
    ...listOf(line['refund']),
    ...listOf(several['refund']),
    ...listOf(objectOf(several['refundLines'])['refundLine']),
  ].map(objectOf);
  return refunds.flatMap((refund) => [
    ...chargesOf(
      listOf(objectOf(refund['refundCharges'])['refundCharge']).map(
        (each) => objectOf(each)['charge'] ?? null,
      ),
    ),
    ...chargesOf(listOf(objectOf(refund['charges'])['charge'])),
  ]);
}

function lineOf(value: Wire): OrderFacts['lines'][number] {
  const node = objectOf(value);
  const statuses = listOf(objectOf(node['orderLineStatuses'])['orderLineStatus']).map(objectOf);
  return {
    lineNumber: required(node, 'lineNumber', 20),
    sku: required(objectOf(node['item']), 'sku', 200),
    quantity: unitsOf(node['orderLineQuantity'], 'orderLineQuantity'),
    statuses: statuses.map((each) => ({
      status: required(each, 'status', 40),
      quantity: unitsOf(each['statusQuantity'], 'statusQuantity'),
    })),
    statusAt: instantOf(node, 'statusDate'),
    charges: chargesOf(listOf(objectOf(node['charges'])['charge'])),
    refunds: refundsOf(node),
    returnOrderId: optional(node, 'returnOrderId', 60),
  };
}

function factsOf(order: WireObject): OrderFacts {
  const lines = listOf(objectOf(order['orderLines'])['orderLine']).map(lineOf);
  if (lines.length === 0 || lines.length > MAX_LINES) {
    throw new Unreadable(`it has ${lines.length} lines; 1 to ${MAX_LINES} can be read`);
  }
  if (new Set(lines.map((line) => line.lineNumber)).size !== lines.length) {
    throw new Unreadable('two of its lines have one number');
  }
  const address = objectOf(objectOf(order['shippingInfo'])['postalAddress']);
  return {
    purchaseOrderId: required(order, 'purchaseOrderId', 40),
    customerOrderId: required(order, 'customerOrderId', 40),
    orderType: optional(order, 'orderType', 40),
    orderedAt: instantOf(order, 'orderDate'),
    shipNodeId: optional(objectOf(order['shipNode']), 'id', 80),
    shipToState: optional(address, 'state', 40),
    lines,
  };
}

/** The body of a single-order read. What is missing is never filled in: such an order cannot be read. */
export function readOrderBody(purchaseOrderId: string, body: string): Result<OrderFacts> {
  const parsed = parseExact(body);
  if (!parsed.ok) return parsed;
  const unreadable = (why: string) =>
    err(
      failure(
        'invalid',
        'walmart.order-unreadable',
        `purchase order ${purchaseOrderId} cannot be read: ${why}; nothing is booked for it until Walmart answers it completely`,
        { detail: { purchaseOrderId } },
      ),
    );
  try {
    const facts = factsOf(objectOf(objectOf(parsed.value)['order']));
    if (facts.purchaseOrderId !== purchaseOrderId) {
      return unreadable(`Walmart answered purchase order ${facts.purchaseOrderId}`);
    }
    return ok(facts);
  } catch (cause) {
    if (cause instanceof Unreadable) return unreadable(cause.message);
    throw cause;
  }
}

const RANKS: Readonly<Record<string, number>> = {
  Created: 1,
  Acknowledged: 2,
  Shipped: 3,
  Delivered: 4,
  Cancelled: 5,
  Refund: 6,
};

/**
 * How far an order has come: units times the rank of their status. Statuses only move on, so of two
 * reads the one with the lower rank is the older.
 */
export function statusRank(lines: readonly Pick<OrderSnapshotLine, 'statuses'>[]): number {
  let rank = 0;
  for (const line of lines) {
    for (const { status, quantity } of line.statuses) rank += (RANKS[status] ?? 1) * quantity;
  }
  return rank;
}
