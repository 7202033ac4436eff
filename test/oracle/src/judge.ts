import {
  addTo,
  expectedOf,
  newPlaces,
  sellerName,
  tallyLine,
  type PurchaseOrder,
  type SellerBooks,
  type Sums,
} from './books.js';
import { readCloudSuite } from './cloudsuite-side.js';
import { compareOrder } from './explain.js';
import { newFindings, type Findings } from './findings.js';
import { comparePlanted } from './planted.js';
import { readPolicy } from './policy.js';
import { verdictOf, type Verdict } from './verdict.js';
import { readWalmart } from './walmart-side.js';

export type JudgeInput = {
  /** Paths of the two truth logs and of the policy file. */
  readonly walmartTruth: string;
  readonly cloudsuiteTruth: string;
  readonly policyFile: string;
};

/**
 * Recomputes from the two truth logs and the policy what the ledger must hold, and compares.
 * Throws `CannotRead` when a file cannot be judged at all.
 */
export function judge(input: JudgeInput): Verdict {
  const findings = newFindings();
  const places = newPlaces();
  const sellers: SellerBooks[] = readPolicy(input.policyFile).map((policy) => ({
    policy,
    tallies: new Map(),
    total: { charges: 0n, taxes: 0n },
    orders: new Map(),
    ledger: new Map(),
  }));
  const bySeller = new Map(sellers.map((seller) => [seller.policy.walmartSellerId, seller]));
  readWalmart(input.walmartTruth, bySeller, { places, findings });
  readCloudSuite(input.cloudsuiteTruth, { sellers, places, findings });
  if (sellers.length === 0) {
    findings.add({
      code: 'empty-run',
      seller: null,
      message: 'The policy names no seller: a run without sellers proves nothing',
    });
  }
  const trials = new Map<SellerBooks, Sums>();
  for (const seller of sellers) {
    for (const order of seller.orders.values()) settleReversals(seller, order);
    comparePlanted(seller, findings);
    const expected: Sums = new Map();
    for (const order of seller.orders.values()) {
      compareOrder(seller, order, { places, findings });
      for (const [place, amount] of expectedOf(order)) addTo(expected, place, amount);
    }
    trials.set(seller, expected);
    checkWhole(seller, findings);
  }
  return verdictOf({ sellers, trials, places, findings });
}

/** A sale cancelled later is posted with net zero where the ledger shows its cancel, else excluded. */
function settleReversals(seller: SellerBooks, order: PurchaseOrder): void {
  for (const line of order.lines) {
    if (!line.reversible) continue;
    let shares = line.shares;
    if (order.cancelSeen) {
      line.lineClass = 'posted';
      line.reason = 'sale-reversed';
      shares = shares.map((share) => ({ ...share, lineClass: 'posted', reason: 'sale-reversed' }));
    }
    tallyLine(seller, line, shares);
    line.shares = [];
  }
}

/** Each line and each cent is in exactly one class: the classes add up to what Walmart holds. */
function checkWhole(seller: SellerBooks, findings: Findings): void {
  const name = sellerName(seller.policy);
  let held = 0;
  for (const order of seller.orders.values()) held += order.lines.length;
  let lines = 0;
  let charges = 0n;
  let taxes = 0n;
  for (const tally of seller.tallies.values()) {
    lines += tally.lines;
    charges += tally.charges;
    taxes += tally.taxes;
  }
  if (held === 0) {
    findings.add({
      code: 'empty-run',
      seller: name,
      message: `Walmart holds no order line of seller ${name}: an empty run proves nothing`,
    });
  }
  if (lines !== held || charges !== seller.total.charges || taxes !== seller.total.taxes) {
    findings.add({
      code: 'classes-do-not-add-up',
      seller: name,
      message: `Seller ${name}: posted, held and excluded do not add up to what Walmart holds`,
    });
  }
}
