import {
  addTo,
  expectedOf,
  placeText,
  sellerName,
  type JudgedLine,
  type Place,
  type Places,
  type PurchaseOrder,
  type SellerBooks,
  type Sums,
} from './books.js';
import { formatAmount, magnitude } from './exact.js';
import { sided, type Finding, type Findings } from './findings.js';

type Difference = {
  readonly seller: SellerBooks;
  readonly order: PurchaseOrder;
  readonly places: Places;
  readonly expected: Sums;
  /** Ledger minus expected, zeros left out. */
  readonly difference: Sums;
};

type Explanation = {
  readonly code: string;
  readonly message: string;
  readonly lineNumber?: string;
  readonly expected?: string;
  readonly actual?: string;
};

/** Compares one purchase order with the ledger and says in words what is wrong, if anything is. */
export function compareOrder(
  seller: SellerBooks,
  order: PurchaseOrder,
  shared: { places: Places; findings: Findings },
): void {
  const expected = expectedOf(order);
  const difference: Sums = new Map(order.ledger);
  for (const [place, amount] of expected) addTo(difference, place, -amount);
  if (difference.size === 0) return;
  const found: Difference = { seller, order, places: shared.places, expected, difference };
  for (const explanation of explain(found)) {
    const finding: Finding = {
      seller: sellerName(seller.policy),
      purchaseOrderId: order.purchaseOrderId,
      ...explanation,
    };
    shared.findings.add(finding);
  }
}

function explain(difference: Difference): readonly Explanation[] {
  const byLine = explainByLine(difference);
  if (byLine) return byLine;
  const whole =
    explainTax(difference) ?? explainDate(difference) ?? explainAccount(difference) ?? null;
  return whole ? [whole] : explainPlaces(difference);
}

/** Lines missing, doubled, or posted although they must not be: the difference is made of them. */
function explainByLine(of: Difference): readonly Explanation[] | null {
  const { order, difference, expected } = of;
  const booked = order.lines.filter((line) => line.booking && line.booking.size > 0);
  const due = booked.filter((line) => line.lineClass === 'posted' && !line.reversible);
  if (due.length > 0 && order.ledger.size === 0) return due.map((line) => missing(line, of));
  const times = multipleOf(difference, expected);
  if (times !== null && times > 0n) return [twice(order, times + 1n)];
  for (const line of booked) {
    const factor = multipleOf(difference, line.booking ?? new Map());
    if (factor === null) continue;
    if (!due.includes(line)) {
      if (factor > 0n) return [notDue(line, of)];
    } else if (factor === -1n) return [missing(line, of)];
    else if (factor > 0n) return [twice(order, factor + 1n, line)];
  }
  const undue = booked.filter((line) => !due.includes(line));
  const undueSum: Sums = new Map();
  for (const line of undue) {
    for (const [place, amount] of line.booking ?? []) addTo(undueSum, place, amount);
  }
  if (multipleOf(difference, undueSum) === 1n) return undue.map((line) => notDue(line, of));
  const first = order.lines[0];
  if (due.length === 0 && first) return [notDue(undue[0] ?? first, of)];
  return null;
}

/** The whole factor by which one set of sums is the other; null when it is none. */
function multipleOf(sums: Sums, unit: ReadonlyMap<number, bigint>): bigint | null {
  if (unit.size === 0 || unit.size !== sums.size) return null;
  let factor: bigint | null = null;
  for (const [place, amount] of unit) {
    const sum = sums.get(place) ?? 0n;
    if (sum === 0n || sum % amount !== 0n) return null;
    factor ??= sum / amount;
    if (sum !== factor * amount) return null;
  }
  return factor;
}

function missing(line: JudgedLine, of: Difference): Explanation {
  const { purchaseOrderId, orderDate } = of.order;
  const amount = clearingOf(line, of);
  return {
    code: 'line-missing',
    lineNumber: line.lineNumber,
    expected: sided(amount),
    actual: '0.00',
    message: `Order ${purchaseOrderId} line ${line.lineNumber} of ${orderDate} is not in the ledger: ${sided(amount)} on the clearing account is missing`,
  };
}

function clearingOf(line: JudgedLine, { places, seller }: Difference): bigint {
  let sum = 0n;
  for (const [number, amount] of line.booking ?? []) {
    if (sameAccount(places.at(number), seller.policy.clearing)) sum += amount;
  }
  return sum;
}

function twice(order: PurchaseOrder, times: bigint, line?: JudgedLine): Explanation {
  const what = line ? `line ${line.lineNumber}` : 'the whole order';
  return {
    code: 'posted-twice',
    ...(line ? { lineNumber: line.lineNumber } : {}),
    expected: '1',
    actual: times.toString(),
    message: `Order ${order.purchaseOrderId}: ${what} is in the ledger ${times} times (run groups ${order.runGroups})`,
  };
}

const NOT_DUE_CODES: Readonly<Record<string, string>> = {
  'replacement-order': 'replacement-posted',
  'before-go-live': 'before-go-live-posted',
  cancelled: 'cancelled-line-posted',
  'sale-reversed': 'reversal-not-zero',
};

function notDue(line: JudgedLine, { order, difference }: Difference): Explanation {
  const held = line.lineClass === 'held';
  const code = held ? 'held-line-posted' : (NOT_DUE_CODES[line.reason] ?? 'excluded-line-posted');
  let debit = 0n;
  for (const amount of difference.values()) if (amount > 0n) debit += amount;
  return {
    code,
    lineNumber: line.lineNumber,
    expected: '0.00',
    actual: formatAmount(debit),
    message: `Order ${order.purchaseOrderId} line ${line.lineNumber} must leave nothing in the ledger (${line.lineClass}: ${line.reason}), yet ${formatAmount(debit)} was posted (run groups ${order.runGroups})`,
  };
}

/** The revenue side is off by exactly a tax amount of the order. */
function explainTax(of: Difference): Explanation | null {
  const { order, seller, places, difference } = of;
  const { clearing, taxAccount } = seller.policy;
  const posted = order.lines.filter((line) => line.lineClass === 'posted');
  const taxes = new Set<bigint>();
  let whole = 0n;
  for (const line of posted) {
    let sum = 0n;
    for (const tax of line.taxes) {
      taxes.add(magnitude(tax));
      sum += tax;
    }
    taxes.add(magnitude(sum));
    whole += sum;
  }
  taxes.add(magnitude(whole));
  taxes.delete(0n);
  let revenue = 0n;
  let taxSide = 0n;
  for (const [number, amount] of difference) {
    const place = places.at(number);
    if (sameAccount(place, clearing)) continue;
    if (taxAccount && sameAccount(place, taxAccount)) taxSide += amount;
    else revenue += amount;
  }
  const tax = -revenue;
  if (!taxes.has(tax) || (taxAccount !== null && taxSide !== tax)) return null;
  return {
    code: 'tax-as-revenue',
    expected: '0.00',
    actual: formatAmount(tax),
    message: `Order ${order.purchaseOrderId}: ${formatAmount(tax)} of sales tax is booked as revenue (${placesText(of, (amount) => amount < 0n)})`,
  };
}

/** Without the date, the ledger agrees. */
function explainDate(of: Difference): Explanation | null {
  const { order, places, difference } = of;
  if (!vanishes(difference, (number) => accountText(places.at(number)))) return null;
  const found = [...order.ledger.keys()].map((number) => places.at(number).date);
  const dates = [...new Set(found)].filter((date) => date !== order.orderDate).sort();
  return {
    code: 'wrong-date',
    expected: order.orderDate,
    actual: dates.join(', '),
    message: `Order ${order.purchaseOrderId} was placed on ${order.orderDate} in the accounting zone, but the ledger dates it ${dates.join(', ')}`,
  };
}

/** Without dimensions, unit or account (in this order), the ledger agrees. */
function explainAccount(of: Difference): Explanation | null {
  const { order, places, difference, expected } = of;
  const strange = [...difference.keys()].some((number) => !expected.has(number));
  const revenueOnly = [...difference.keys()].every(
    (number) => !sameAccount(places.at(number), of.seller.policy.clearing),
  );
  if (!strange && !revenueOnly) return null;
  const attempts: readonly [string, string, (place: Place) => string][] = [
    [
      'wrong-dimension',
      'the right account with other dimensions',
      (place) => `${place.date}/${place.account}/${place.accountingUnit}`,
    ],
    [
      'wrong-accounting-unit',
      'the right account in another accounting unit',
      (place) => `${place.date}/${place.account}`,
    ],
    ['wrong-account', 'another account', (place) => place.date],
  ];
  for (const [code, what, keyOf] of attempts) {
    if (!vanishes(difference, (number) => keyOf(places.at(number)))) continue;
    if (code === 'wrong-account' && !revenueOnly && !pairsUp(of)) continue;
    const right = placesText(of, (_amount, number) => expected.has(number));
    const posted = placesText(of, (_amount, number) => !expected.has(number));
    return {
      code,
      expected: right,
      actual: posted === '' ? right : posted,
      message: `Order ${order.purchaseOrderId} is booked to ${what}: off are ${placesText(of, () => true)}`,
    };
  }
  return null;
}

/** Every amount missing in one place stands in full in another that expected nothing. */
function pairsUp({ difference, expected, order }: Difference): boolean {
  const moved: bigint[] = [];
  const found: bigint[] = [];
  for (const [number, amount] of difference) {
    if (!expected.has(number)) found.push(amount);
    else if (!order.ledger.has(number)) moved.push(-amount);
    else return false;
  }
  const text = (amounts: bigint[]): string => amounts.map(String).sort().join(' ');
  return text(moved) === text(found);
}

function explainPlaces({ order, places, expected, difference }: Difference): Explanation[] {
  return [...difference.keys()].map((number) => {
    const right = expected.get(number) ?? 0n;
    const actual = order.ledger.get(number) ?? 0n;
    const code = right === 0n ? 'extra-amount' : actual === 0n ? 'missing-amount' : 'wrong-amount';
    return {
      code,
      expected: sided(right),
      actual: sided(actual),
      message: `Order ${order.purchaseOrderId}, ${placeText(places.at(number))}: the ledger shows ${sided(actual)}, right is ${sided(right)}`,
    };
  });
}

function vanishes(difference: Sums, keyOf: (number: number) => string): boolean {
  const sums = new Map<string, bigint>();
  for (const [number, amount] of difference) {
    const key = keyOf(number);
    sums.set(key, (sums.get(key) ?? 0n) + amount);
  }
  return [...sums.values()].every((sum) => sum === 0n);
}

function placesText(of: Difference, keep: (amount: bigint, number: number) => boolean): string {
  return [...of.difference]
    .filter(([number, amount]) => keep(amount, number))
    .map(([number, amount]) => `${placeText(of.places.at(number))} by ${sided(amount)}`)
    .join(', ');
}

function accountText(place: Place): string {
  return `${place.account}/${place.accountingUnit}/${place.dimensions}`;
}

function sameAccount(place: Place, account: { account: string }): boolean {
  return place.account === account.account;
}
