/** An amount as it was read: decimal text, never a float. */
export interface MoneyText {
  readonly currency: string;
  readonly amount: string;
}

export interface ChargeFacts {
  readonly chargeType: string;
  readonly chargeName: string;
  readonly charge: MoneyText;
  readonly tax: MoneyText | null;
}

export interface LineFacts {
  readonly lineNumber: string;
  readonly sku: string;
  /** An attribute of the item, not a fact of the order; null until the item is known. */
  readonly productType: string | null;
  /** Ordered units. */
  readonly quantity: number;
  readonly statuses: readonly { readonly status: string; readonly quantity: number }[];
  /** RFC 3339 instant of the line's last change of status. */
  readonly statusAt: string;
  readonly charges: readonly ChargeFacts[];
  readonly refunds: readonly ChargeFacts[];
}

/** One purchase order as it was read once; nothing read is ever overwritten (C3). */
export interface OrderFacts {
  readonly purchaseOrderId: string;
  readonly customerOrderId: string;
  readonly orderType: string | null;
  /** RFC 3339 instant from the single-order read (D1). */
  readonly orderedAt: string;
  readonly shipNodeType: string;
  readonly shipNodeId: string | null;
  /** Grows with every stored change of the order or of an item attribute. */
  readonly snapshotVersion: number;
  readonly lines: readonly LineFacts[];
}
