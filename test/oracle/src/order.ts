import { parseAmount, parseJsonKeepingNumbers } from './exact.js';
import { isRecord, type TruthRecord } from './truth-file.js';

export type Money = { readonly currency: string; readonly amount: bigint };

export type Charge = {
  readonly chargeType: string | null;
  readonly chargeName: string | null;
  readonly money: Money;
  readonly taxes: readonly Money[];
};

export type OrderLine = {
  readonly lineNumber: string;
  readonly sku: string;
  readonly charges: readonly Charge[];
  readonly quantity: bigint;
  readonly cancelledUnits: bigint;
  readonly otherUnits: bigint;
  readonly refund: boolean;
  readonly statusDateMs: number | null;
};

export type Order = {
  readonly purchaseOrderId: string;
  readonly customerOrderId: string;
  readonly orderType: string | null;
  readonly orderDateMs: number;
  readonly shipNode: string | null;
  readonly lines: readonly OrderLine[];
};

/** Reads the exact text of a Walmart order object; throws with the place of what is missing. */
export function readOrder(body: string): Order {
  const parsed = recordAt(parseJsonKeepingNumbers(body), 'order');
  const order = isRecord(parsed['order']) ? parsed['order'] : parsed;
  const shipNode = isRecord(order['shipNode']) ? order['shipNode'] : {};
  const lines = recordAt(order['orderLines'], 'orderLines');
  return {
    purchaseOrderId: textAt(order['purchaseOrderId'], 'purchaseOrderId'),
    customerOrderId: optionalText(order['customerOrderId']) ?? '',
    orderType: optionalText(order['orderType']),
    orderDateMs: instantAt(order['orderDate'], 'orderDate'),
    shipNode: optionalText(shipNode['id']),
    lines: asList(lines['orderLine']).map((line, index) => readLine(line, `line ${index + 1}`)),
  };
}

function readLine(value: unknown, where: string): OrderLine {
  const line = recordAt(value, where);
  const item = recordAt(line['item'], `${where} item`);
  const charges = asList(isRecord(line['charges']) ? line['charges']['charge'] : []);
  const quantity = recordAt(line['orderLineQuantity'], `${where} orderLineQuantity`);
  let cancelledUnits = 0n;
  let otherUnits = 0n;
  let refundStatus = false;
  const statuses = recordAt(line['orderLineStatuses'], `${where} orderLineStatuses`);
  for (const element of asList(statuses['orderLineStatus'])) {
    const status = recordAt(element, `${where} orderLineStatus`);
    const units = recordAt(status['statusQuantity'], `${where} statusQuantity`);
    const count = parseAmount(textAt(units['amount'], `${where} statusQuantity.amount`));
    if (status['status'] === 'Cancelled') cancelledUnits += count;
    else otherUnits += count;
    if (status['status'] === 'Refund') refundStatus = true;
  }
  return {
    lineNumber: textAt(line['lineNumber'], `${where} lineNumber`),
    sku: textAt(item['sku'], `${where} item.sku`),
    charges: charges.map((charge, index) => readCharge(charge, `${where} charge ${index + 1}`)),
    quantity: parseAmount(textAt(quantity['amount'], `${where} orderLineQuantity.amount`)),
    cancelledUnits,
    otherUnits,
    refund: refundStatus || carries(line['refund']) || carries(line['refunds']),
    statusDateMs:
      line['statusDate'] === undefined || line['statusDate'] === null
        ? null
        : instantAt(line['statusDate'], `${where} statusDate`),
  };
}

function readCharge(value: unknown, where: string): Charge {
  const charge = recordAt(value, where);
  return {
    chargeType: optionalText(charge['chargeType']),
    chargeName: optionalText(charge['chargeName']),
    money: readMoney(charge['chargeAmount'], `${where} chargeAmount`),
    taxes: asList(charge['tax'] ?? []).map((tax) =>
      readMoney(recordAt(tax, `${where} tax`)['taxAmount'], `${where} taxAmount`),
    ),
  };
}

function readMoney(value: unknown, where: string): Money {
  const money = recordAt(value, where);
  return {
    currency: textAt(money['currency'], `${where}.currency`),
    amount: parseAmount(textAt(money['amount'], `${where}.amount`)),
  };
}

/** Walmart's JSON bridges may give a bare object where a list of one was meant. */
function asList(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return value === undefined || value === null ? [] : [value];
}

function carries(value: unknown): boolean {
  return isRecord(value) && Object.values(value).some((member) => member !== null);
}

function instantAt(value: unknown, where: string): number {
  const text = textAt(value, where);
  const epochMs = /^-?\d{1,15}$/.test(text) ? Number.parseInt(text, 10) : Date.parse(text);
  if (!Number.isFinite(epochMs)) throw new RangeError(`${where}: "${text}" is not a time`);
  return epochMs;
}

function recordAt(value: unknown, where: string): TruthRecord {
  if (!isRecord(value)) throw new RangeError(`${where} is missing`);
  return value;
}

function textAt(value: unknown, where: string): string {
  if (typeof value !== 'string') throw new RangeError(`${where} is missing`);
  return value;
}

function optionalText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
