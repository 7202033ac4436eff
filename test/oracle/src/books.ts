import type { LineClass } from './decide.js';
import type { Account, SellerPolicy } from './policy.js';

/** Where an amount stands in a ledger, apart from its purchase order. */
export type Place = Account & { readonly date: string };

/** Places numbered in order of appearance, so that a million orders do not repeat their texts. */
export type Places = {
  numberOf(place: Place): number;
  at(number: number): Place;
};

/** Signed millionths by place number; debit positive. Zero sums are not kept. */
export type Sums = Map<number, bigint>;

export type JudgedLine = {
  readonly lineNumber: string;
  lineClass: LineClass;
  reason: string;
  /** What the line books when it is posted (also known for most lines that must not be). */
  readonly booking: ReadonlyMap<number, bigint> | null;
  /** Tax amounts of the line's charges, as reported, zeros left out. */
  readonly taxes: readonly bigint[];
  /** Cents of the line as reported; kept only while its class waits for what the ledger shows. */
  shares: readonly Share[];
  /** A sale that could be posted and was fully cancelled later: it may net to zero in the ledger. */
  readonly reversible: boolean;
};

export type Share = {
  readonly lineClass: LineClass;
  readonly reason: string;
  readonly charges: bigint;
  readonly taxes: bigint;
};

export type PurchaseOrder = {
  readonly purchaseOrderId: string;
  readonly customerOrderId: string;
  readonly orderDate: string;
  /** Civil dates of the lines' last status, where a cancel may be posted. */
  readonly statusDates: readonly string[];
  readonly lines: readonly JudgedLine[];
  readonly ledger: Sums;
  /** Names of the run groups that posted the order, with commas. */
  runGroups: string;
  saleSeen: boolean;
  cancelSeen: boolean;
};

/** Lines and absolute cents of one class and reason. */
export type Tally = {
  readonly lineClass: LineClass;
  readonly reason: string;
  lines: number;
  charges: bigint;
  taxes: bigint;
};

export type SellerBooks = {
  readonly policy: SellerPolicy;
  readonly tallies: Map<string, Tally>;
  /** Cents of everything the simulator holds, added up without looking at classes. */
  total: { charges: bigint; taxes: bigint };
  readonly orders: Map<string, PurchaseOrder>;
  /** Everything the ledger holds for this seller, known orders or not. */
  readonly ledger: Sums;
};

export function newPlaces(): Places {
  const numbers = new Map<string, number>();
  const list: Place[] = [];
  return {
    numberOf(place) {
      const key = `${place.date}\n${place.account}\n${place.accountingUnit}\n${place.dimensions}`;
      let number = numbers.get(key);
      if (number === undefined) {
        number = list.length;
        numbers.set(key, number);
        list.push(place);
      }
      return number;
    },
    at(number) {
      const place = list[number];
      if (!place) throw new RangeError(`No place ${number}`);
      return place;
    },
  };
}

export function addTo(sums: Sums, place: number, amount: bigint): void {
  const sum = (sums.get(place) ?? 0n) + amount;
  if (sum === 0n) sums.delete(place);
  else sums.set(place, sum);
}

/** Counts a decided line and its cents. */
export function tallyLine(seller: SellerBooks, line: JudgedLine, shares: readonly Share[]): void {
  tallyOf(seller, line.lineClass, line.reason).lines += 1;
  for (const share of shares) {
    if (share.charges === 0n && share.taxes === 0n) continue;
    const tally = tallyOf(seller, share.lineClass, share.reason);
    tally.charges += share.charges;
    tally.taxes += share.taxes;
  }
}

function tallyOf(seller: SellerBooks, lineClass: LineClass, reason: string): Tally {
  const key = `${lineClass}/${reason}`;
  let tally = seller.tallies.get(key);
  if (!tally) {
    tally = { lineClass, reason, lines: 0, charges: 0n, taxes: 0n };
    seller.tallies.set(key, tally);
  }
  return tally;
}

/** The sums a purchase order should show: its posted lines, a reversed sale being zero. */
export function expectedOf(order: PurchaseOrder): Sums {
  const sums: Sums = new Map();
  for (const line of order.lines) {
    if (line.lineClass !== 'posted' || line.reversible) continue;
    for (const [place, amount] of line.booking ?? []) addTo(sums, place, amount);
  }
  return sums;
}

export function sellerName(policy: SellerPolicy): string {
  return `${policy.market}/${policy.walmartSellerId}`;
}

export function ledgerName(tenant: string, enterpriseGroup: string, entity: string): string {
  return `${tenant} / enterprise group ${enterpriseGroup} / entity ${entity}`;
}

/** A place as a bookkeeper reads it. */
export function placeText(place: Place): string {
  const unit = place.accountingUnit === '' ? '' : ` unit ${place.accountingUnit}`;
  const dimensions = place.dimensions === '' ? '' : ` dimensions ${place.dimensions}`;
  return `account ${place.account}${unit}${dimensions} on ${place.date}`;
}
