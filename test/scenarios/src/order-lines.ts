import type { EpochMs } from '@mlc/kernel';
import type { PricedItem } from './catalogue.js';
import {
  amountOf,
  quantityOf,
  type ChargeBody,
  type OrderLineBody,
  type StatusBody,
} from './order-body.js';
import type { Decision } from './orders.js';
import type { Random } from './random.js';

export type LineKind =
  | 'sale'
  | 'cancelled'
  | 'mixed-cancelled'
  | 'cancelled-with-amounts'
  | 'quantity-above-one'
  | 'refund'
  | 'unmapped-charge'
  | 'retired';

export interface LineParts {
  readonly kind: LineKind;
  readonly lineNumber: string;
  readonly item: PricedItem;
  /** Takes the place of `item` when the items API shall not know the SKU. */
  readonly retired: PricedItem;
  readonly statusDate: EpochMs;
  readonly notOurs: readonly string[];
  readonly random: Random;
}

const DECISIONS: Readonly<Record<LineKind, Decision>> = {
  sale: 'posted',
  cancelled: { excluded: 'cancelled' },
  'mixed-cancelled': { held: 'mixed-cancelled' },
  'cancelled-with-amounts': { held: 'mixed-cancelled' },
  'quantity-above-one': { held: 'quantity-above-one' },
  refund: { held: 'refund-in-order-body' },
  'unmapped-charge': { held: 'unmapped-charge' },
  retired: { held: 'product-type-unknown' },
};

export function buildLine(parts: LineParts): { line: OrderLineBody; decision: Decision } {
  const { kind, lineNumber, statusDate, random } = parts;
  const { item, priceMinor } = kind === 'retired' ? parts.retired : parts.item;
  const units =
    kind === 'quantity-above-one' ? random.between(2, 6) : kind === 'mixed-cancelled' ? 3 : 1;
  const charges = chargesOf(parts, priceMinor);
  const line: OrderLineBody = {
    lineNumber,
    item: { productName: item.productName, sku: item.sku, condition: 'New' },
    charges: { charge: kind === 'cancelled' ? charges.map(zeroed) : charges },
    orderLineQuantity: quantityOf(units),
    statusDate,
    orderLineStatuses: { orderLineStatus: statusesOf(parts, units) },
    ...(kind === 'refund' ? { refund: refundOf(priceMinor, random) } : {}),
    fulfillment: { fulfillmentOption: 'S2H', shipMethod: 'VALUE', pickUpDateTime: statusDate },
  };
  return { line, decision: DECISIONS[kind] };
}

function statusesOf({ kind, statusDate, random }: LineParts, units: number): StatusBody[] {
  const cancelled = (count: number): StatusBody => ({
    status: 'Cancelled',
    statusQuantity: quantityOf(count),
    cancellationReason: random.pick([
      'CUSTOMER_REQUESTED_SELLER_TO_CANCEL',
      'SELLER_CANCEL_OUT_OF_STOCK',
    ]),
  });
  if (kind === 'cancelled' || kind === 'cancelled-with-amounts') return [cancelled(units)];
  const status =
    kind === 'refund'
      ? 'Shipped'
      : random.pick([
          'Created',
          'Acknowledged',
          'Acknowledged',
          'Shipped',
          'Shipped',
          'Shipped',
          'Delivered',
        ]);
  const going: StatusBody = {
    status,
    statusQuantity: quantityOf(kind === 'mixed-cancelled' ? units - 1 : units),
    ...(status === 'Shipped' || status === 'Delivered'
      ? { trackingInfo: tracking(statusDate, random) }
      : {}),
  };
  return kind === 'mixed-cancelled' ? [going, cancelled(1)] : [going];
}

function tracking(shipDateTime: EpochMs, random: Random): Readonly<Record<string, unknown>> {
  return {
    shipDateTime,
    carrierName: { carrier: random.pick(['USPS', 'UPS', 'FedEx']) },
    methodCode: 'Value',
    trackingNumber: `SIM${random.between(100_000_000, 999_999_999)}`,
  };
}

function chargesOf({ kind, notOurs, random }: LineParts, priceMinor: bigint): ChargeBody[] {
  const rate = BigInt(random.pick([0, 475, 725, 888, 1025]));
  const charges = [charge('PRODUCT', 'ItemPrice', priceMinor, taxMinor(priceMinor, rate))];
  if (random.chance(25)) {
    const shippingMinor = BigInt(random.pick([499, 599, 795, 1295]));
    charges.push(charge('SHIPPING', 'Shipping', shippingMinor, taxMinor(shippingMinor, rate)));
  }
  if (random.chance(8)) {
    // The vendor's sign is not known: both are met, and `subtract` takes both for a reduction.
    const discountMinor = priceMinor / 20n + 1n;
    charges.push(
      charge('PRODUCT', 'SubscriptionDiscount', random.chance(50) ? discountMinor : -discountMinor),
    );
  }
  if (notOurs.length > 0 && random.chance(3)) {
    charges.push(charge('PRODUCT', random.pick(notOurs), BigInt(random.between(100, 499))));
  }
  if (kind === 'unmapped-charge') {
    const name = random.pick(['RecyclingFee', 'BagFee']);
    charges.push(charge('PRODUCT', name, BigInt(random.between(25, 250))));
  }
  return charges;
}

/** Half up; `rate` in hundredths of a per cent. */
function taxMinor(minor: bigint, rate: bigint): bigint {
  return (minor * rate + 5000n) / 10_000n;
}

function charge(chargeType: string, chargeName: string, minor: bigint, tax?: bigint): ChargeBody {
  return {
    chargeType,
    chargeName,
    chargeAmount: amountOf(minor),
    ...(tax === undefined || tax === 0n
      ? {}
      : { tax: { taxName: 'Tax1', taxAmount: amountOf(tax) } }),
  };
}

/** What a full cancel leaves: the same charges and taxes at nothing. */
function zeroed({ chargeType, chargeName, tax }: ChargeBody): ChargeBody {
  const nothing = amountOf(0n);
  return {
    chargeType,
    chargeName,
    chargeAmount: nothing,
    ...(tax ? { tax: { taxName: tax.taxName, taxAmount: nothing } } : {}),
  };
}

function refundOf(priceMinor: bigint, random: Random): NonNullable<OrderLineBody['refund']> {
  const part = random.chance(50) ? priceMinor : priceMinor / 2n;
  return {
    refundCharges: {
      refundCharge: [
        {
          refundReason: random.pick(['BillingError', 'DamagedItem', 'Customer returned item']),
          charge: charge('PRODUCT', 'ItemPrice', -part),
        },
      ],
    },
  };
}
