import {
  addTo,
  sellerName,
  tallyLine,
  type JudgedLine,
  type Places,
  type SellerBooks,
  type Share,
  type Sums,
} from './books.js';
import { civilDate } from './civil-date.js';
import {
  bookedAmount,
  decideLine,
  isFullyCancelled,
  type Decision,
  type LineContext,
} from './decide.js';
import { magnitude } from './exact.js';
import type { Findings } from './findings.js';
import { readOrder, type Charge, type Order, type OrderLine } from './order.js';
import type { SellerPolicy } from './policy.js';
import { noteOf, textOf, truthRecords, type TruthRecord } from './truth-file.js';
import { newSequenceCheck } from './sequence-check.js';

type Shelf = {
  /** Product types by SKU as committed, and by SKU in upper case. */
  readonly exact: Map<string, string>;
  readonly folded: Map<string, string>;
};

type Survey = {
  /** `seq` of the newest record of each purchase order, by seller. */
  readonly newest: Map<string, Map<string, number>>;
  readonly shelves: Map<string, Shelf>;
};

type Reading = {
  readonly places: Places;
  readonly findings: Findings;
  readonly books: ReadonlyMap<string, SellerBooks>;
  readonly survey: Survey;
  /** Lines that could have been posted in an earlier state, by seller, order and line. */
  readonly earlier: Map<string, ReadonlyMap<number, bigint>>;
};

/** Decides every line the Walmart simulator holds for the given sellers (keyed by seller id). */
export function readWalmart(
  file: string,
  books: ReadonlyMap<string, SellerBooks>,
  shared: { places: Places; findings: Findings },
): void {
  const survey = surveyOf(file, books, shared.findings);
  const reading: Reading = { ...shared, books, survey, earlier: new Map() };
  for (const record of truthRecords(file, 'walmart')) {
    if (record['kind'] === 'order-committed') readCommitted(record, reading);
  }
}

function surveyOf(
  file: string,
  books: ReadonlyMap<string, SellerBooks>,
  findings: Findings,
): Survey {
  const survey: Survey = { newest: new Map(), shelves: new Map() };
  const check = newSequenceCheck('walmart', findings);
  for (const seller of books.keys()) {
    survey.newest.set(seller, new Map());
    survey.shelves.set(seller, { exact: new Map(), folded: new Map() });
  }
  for (const record of truthRecords(file, 'walmart')) {
    const seq = check(record);
    if (record['kind'] === 'request') checkRequest(record, books, findings);
    else if (record['kind'] === 'order-committed') {
      survey.newest.get(textOf(record, 'seller'))?.set(textOf(record, 'purchaseOrderId'), seq);
    } else if (record['kind'] === 'item-committed') keepItem(record, survey);
  }
  return survey;
}

function keepItem(record: TruthRecord, survey: Survey): void {
  const shelf = survey.shelves.get(textOf(record, 'seller'));
  const productType = record['productType'];
  const sku = textOf(record, 'sku');
  const known = typeof productType === 'string' ? productType : '';
  shelf?.exact.set(sku, known);
  shelf?.folded.set(sku.toUpperCase(), known);
}

const READING_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

function checkRequest(
  record: TruthRecord,
  books: ReadonlyMap<string, SellerBooks>,
  findings: Findings,
): void {
  const method = textOf(record, 'method').toUpperCase();
  const path = textOf(record, 'path').split('?')[0] ?? '';
  const known = books.get(String(record['account']));
  const seller = known ? sellerName(known.policy) : null;
  if (!READING_METHODS.has(method) && !(method === 'POST' && path.endsWith('/v3/token'))) {
    findings.add({
      code: 'write-to-walmart',
      seller,
      actual: `${method} ${path}`,
      message: `Walmart received ${method} ${path}; the connector may only read there (record ${String(record['seq'])})`,
    });
  } else if (record['outcome'] === 'violation') {
    findings.add({
      code: 'violation',
      seller,
      actual: `${method} ${path}`,
      message: `Walmart saw a forbidden request, ${method} ${path}: ${noteOf(record)}`,
    });
  }
}

function readCommitted(record: TruthRecord, reading: Reading): void {
  const sellerId = textOf(record, 'seller');
  const seller = reading.books.get(sellerId);
  if (!seller) return;
  const purchaseOrderId = textOf(record, 'purchaseOrderId');
  const newest = reading.survey.newest.get(sellerId)?.get(purchaseOrderId);
  const isNewest = newest === record['seq'];
  let order: Order;
  try {
    order = readOrder(textOf(record, 'body'));
    if (order.purchaseOrderId !== purchaseOrderId) {
      throw new RangeError(`the body is of purchase order ${order.purchaseOrderId}`);
    }
  } catch (error) {
    if (!isNewest) return;
    reading.findings.add({
      code: 'unreadable-order',
      seller: sellerName(seller.policy),
      purchaseOrderId,
      message: `Order ${purchaseOrderId} as Walmart holds it cannot be read: ${String(error)}`,
    });
    return;
  }
  const context = {
    order,
    orderDate: civilDate(order.orderDateMs, seller.policy.accountingZone),
    policy: seller.policy,
    shipNodeType: typeof record['shipNodeType'] === 'string' ? record['shipNodeType'] : null,
  };
  const shelf = reading.survey.shelves.get(sellerId);
  const decided = order.lines.map((line) => {
    const lineContext = { ...context, productType: productTypeOf(shelf, line.sku) };
    return { line, lineContext, decision: decideLine(line, lineContext) };
  });
  if (isNewest) keepOrder(seller, context, decided, reading);
  else rememberEarlier(seller, decided, reading);
}

type DecidedLine = {
  readonly line: OrderLine;
  readonly lineContext: LineContext;
  readonly decision: Decision;
};

function earlierKey(policy: SellerPolicy, purchaseOrderId: string, lineNumber: string): string {
  return `${sellerName(policy)}/${purchaseOrderId}/${lineNumber}`;
}

function rememberEarlier(
  seller: SellerBooks,
  decided: readonly DecidedLine[],
  reading: Reading,
): void {
  for (const { line, lineContext, decision } of decided) {
    if (decision.lineClass !== 'posted') continue;
    const booking = bookingOf(decision, lineContext, reading.places);
    if (!booking || booking.size === 0) continue;
    reading.earlier.set(
      earlierKey(seller.policy, lineContext.order.purchaseOrderId, line.lineNumber),
      booking,
    );
  }
}

function keepOrder(
  seller: SellerBooks,
  context: Omit<LineContext, 'productType'>,
  decided: readonly DecidedLine[],
  reading: Reading,
): void {
  const { order, policy } = context;
  const seen = new Set<string>();
  const lines: JudgedLine[] = [];
  for (const { line, lineContext, decision } of decided) {
    if (seen.has(line.lineNumber)) {
      reading.findings.add({
        code: 'unreadable-order',
        seller: sellerName(policy),
        purchaseOrderId: order.purchaseOrderId,
        lineNumber: line.lineNumber,
        message: `Order ${order.purchaseOrderId} has line ${line.lineNumber} twice`,
      });
      continue;
    }
    seen.add(line.lineNumber);
    const shares = sharesOf(line, decision, policy);
    const judged = judgedLine(line, lineContext, decision, reading);
    if (judged.reversible) judged.shares = shares;
    else tallyLine(seller, judged, shares);
    for (const { money, taxes } of line.charges) {
      seller.total.charges += magnitude(money.amount);
      for (const tax of taxes) seller.total.taxes += magnitude(tax.amount);
    }
    lines.push(judged);
  }
  const statusDates = order.lines.flatMap(({ statusDateMs }) =>
    statusDateMs === null ? [] : [civilDate(statusDateMs, policy.accountingZone)],
  );
  seller.orders.set(order.purchaseOrderId, {
    purchaseOrderId: order.purchaseOrderId,
    customerOrderId: order.customerOrderId,
    orderDate: context.orderDate,
    statusDates: [...new Set(statusDates)],
    // slices drop the spare room that growing arrays keep; there may be a million orders
    lines: lines.slice(),
    ledger: new Map(),
    runGroups: '',
    saleSeen: false,
    cancelSeen: false,
  });
}

const NO_SHARES: readonly Share[] = [];

function judgedLine(
  line: OrderLine,
  context: LineContext,
  decision: Decision,
  reading: Reading,
): JudgedLine {
  const key = earlierKey(context.policy, context.order.purchaseOrderId, line.lineNumber);
  const earlier = reading.earlier.get(key) ?? null;
  reading.earlier.delete(key);
  const cancelledNow = decision.reason === 'cancelled' || decision.reason === 'mixed-cancelled';
  const reversible = earlier !== null && cancelledNow && isFullyCancelled(line);
  return {
    lineNumber: line.lineNumber,
    lineClass: decision.lineClass,
    reason: decision.reason,
    booking: reversible ? earlier : bookingOf(decision, context, reading.places),
    taxes: line.charges
      .flatMap((charge) => charge.taxes.map((tax) => tax.amount))
      .filter((amount) => amount !== 0n)
      .slice(),
    shares: NO_SHARES,
    reversible,
  };
}

/** Dr clearing / Cr the rule's account for every matched charge, on the order's civil date. */
function bookingOf(decision: Decision, context: LineContext, places: Places): Sums | null {
  if (!decision.matched) return null;
  const { policy, orderDate: date } = context;
  const sums: Sums = new Map();
  const clearing = places.numberOf({ ...policy.clearing, date });
  const book = (account: SellerPolicy['clearing'], amount: bigint): void => {
    addTo(sums, clearing, amount);
    addTo(sums, places.numberOf({ ...account, date }), -amount);
  };
  for (const matched of decision.matched) {
    if (matched.rule.post) book(matched.rule.post, bookedAmount(matched));
    if (policy.taxAccount) {
      for (const tax of matched.charge.taxes) book(policy.taxAccount, tax.amount);
    }
  }
  return sums;
}

function sharesOf(line: OrderLine, decision: Decision, policy: SellerPolicy): readonly Share[] {
  const taxOf = (charge: Charge): bigint =>
    charge.taxes.reduce((sum, tax) => sum + magnitude(tax.amount), 0n);
  if (decision.lineClass !== 'posted' || !decision.matched) {
    const { lineClass, reason } = decision;
    return line.charges.map((charge) => ({
      lineClass,
      reason,
      charges: magnitude(charge.money.amount),
      taxes: taxOf(charge),
    }));
  }
  return decision.matched.flatMap(({ charge, rule }): Share[] => [
    {
      lineClass: rule.exclude === null ? 'posted' : 'excluded',
      reason: rule.exclude ?? 'sale',
      charges: magnitude(charge.money.amount),
      taxes: 0n,
    },
    {
      lineClass: policy.taxAccount ? 'posted' : 'excluded',
      reason: policy.taxAccount ? 'sale' : 'facilitator-tax',
      charges: 0n,
      taxes: taxOf(charge),
    },
  ]);
}

function productTypeOf(shelf: Shelf | undefined, sku: string): string | null {
  const found = shelf?.exact.get(sku) ?? shelf?.folded.get(sku.toUpperCase()) ?? '';
  return found === '' ? null : found;
}
