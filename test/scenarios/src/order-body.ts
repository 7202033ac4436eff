import type { EpochMs } from '@mlc/kernel';

/** The order body of the Walmart orders API, as far as scenarios fill it. */
export interface OrderBody {
  readonly purchaseOrderId: string;
  readonly customerOrderId: string;
  readonly customerEmailId: string;
  readonly orderType?: 'REGULAR' | 'REPLACEMENT';
  readonly originalCustomerOrderID?: string;
  readonly orderDate: EpochMs;
  readonly shippingInfo: Readonly<Record<string, unknown>>;
  readonly orderLines: { readonly orderLine: readonly OrderLineBody[] };
  readonly shipNode?: { readonly type?: string; readonly name?: string; readonly id?: string };
  readonly miscAttributes?: Readonly<Record<string, unknown>>;
}

export interface OrderLineBody {
  readonly lineNumber: string;
  readonly item: {
    readonly productName: string;
    readonly sku: string;
    readonly condition?: string;
  };
  readonly charges: { readonly charge: readonly ChargeBody[] };
  readonly orderLineQuantity: QuantityBody;
  readonly statusDate: EpochMs;
  readonly orderLineStatuses: { readonly orderLineStatus: readonly StatusBody[] };
  readonly refund?: {
    readonly refundCharges: {
      readonly refundCharge: readonly {
        readonly refundReason: string;
        readonly charge: ChargeBody;
      }[];
    };
  };
  readonly fulfillment?: Readonly<Record<string, unknown>>;
}

export interface ChargeBody {
  readonly chargeType: string;
  readonly chargeName: string;
  readonly chargeAmount: AmountBody;
  readonly tax?: { readonly taxName: string; readonly taxAmount: AmountBody } | null;
}

export interface AmountBody {
  readonly currency: string;
  readonly amount: number;
}

export interface QuantityBody {
  readonly unitOfMeasurement: string;
  readonly amount: string;
}

export interface StatusBody {
  readonly status: string;
  readonly statusQuantity: QuantityBody;
  readonly trackingInfo?: Readonly<Record<string, unknown>>;
  readonly cancellationReason?: string;
}

/**
 * Cents as the JSON number Walmart writes. The quotient of a whole number below 2^53 and 100 is the
 * double nearest to those cents, so that its JSON text is exactly those cents (`1230n` → `12.3`).
 */
export function amountOf(minor: bigint): AmountBody {
  return { currency: 'USD', amount: Number(minor) / 100 };
}

export function quantityOf(units: number): QuantityBody {
  return { unitOfMeasurement: 'EACH', amount: String(units) };
}
