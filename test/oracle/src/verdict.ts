import { sellerName, type Places, type SellerBooks, type Sums } from './books.js';
import type { LineClass } from './decide.js';
import { formatAmount } from './exact.js';
import type { Finding, Findings } from './findings.js';

export type LineWithReason = { readonly id: string; readonly reason: string };

export type ClassRow = {
  readonly lineClass: LineClass;
  readonly reason: string;
  readonly lines: number;
  /** Decimal strings, absolute amounts as reported. */
  readonly charges: string;
  readonly taxes: string;
  readonly amount: string;
};

export type TrialRow = {
  readonly account: string;
  readonly accountingUnit: string;
  readonly dimensions: string;
  readonly date: string;
  /** Decimal strings, debit positive; `difference` is ledger minus expected. */
  readonly expected: string;
  readonly ledger: string;
  readonly difference: string;
};

export type SellerVerdict = {
  readonly walmartSellerId: string;
  readonly market: string;
  readonly tenant: string;
  readonly enterpriseGroup: string;
  readonly accountingEntity: string;
  readonly currency: string;
  readonly accountingZone: string;
  readonly lines: number;
  /** Ids are `US/<seller>/<purchase order>/<line>`, sorted by code unit. */
  readonly posted: readonly string[];
  readonly held: readonly LineWithReason[];
  readonly excluded: readonly LineWithReason[];
  /** Decimal strings: charges and taxes, absolute, by class. */
  readonly amounts: { readonly [key in LineClass | 'total']: string };
  readonly classes: readonly ClassRow[];
  readonly trialBalance: readonly TrialRow[];
};

export type Verdict = {
  readonly right: boolean;
  readonly findingCount: number;
  readonly counts: Readonly<Record<string, number>>;
  /** At most 1,000 of each code; `counts` says how many there were. */
  readonly findings: readonly Finding[];
  readonly sellers: readonly SellerVerdict[];
};

export function verdictOf(judged: {
  sellers: readonly SellerBooks[];
  trials: ReadonlyMap<SellerBooks, Sums>;
  places: Places;
  findings: Findings;
}): Verdict {
  const { counts, kept } = judged.findings;
  const sellers = judged.sellers.map((seller) =>
    sellerVerdict(seller, judged.trials.get(seller) ?? new Map<number, bigint>(), judged.places),
  );
  const findingCount = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return {
    right: findingCount === 0,
    findingCount,
    counts: Object.fromEntries([...counts].sort(([a], [b]) => byText(a, b))),
    findings: kept,
    sellers,
  };
}

function sellerVerdict(seller: SellerBooks, expected: Sums, places: Places): SellerVerdict {
  const { policy } = seller;
  const posted: string[] = [];
  const held: LineWithReason[] = [];
  const excluded: LineWithReason[] = [];
  for (const order of seller.orders.values()) {
    for (const line of order.lines) {
      const id = `${sellerName(policy)}/${order.purchaseOrderId}/${line.lineNumber}`;
      if (line.lineClass === 'posted') posted.push(id);
      else (line.lineClass === 'held' ? held : excluded).push({ id, reason: line.reason });
    }
  }
  const byId = (a: LineWithReason, b: LineWithReason): number => byText(a.id, b.id);
  return {
    walmartSellerId: policy.walmartSellerId,
    market: policy.market,
    tenant: policy.tenant,
    enterpriseGroup: policy.enterpriseGroup,
    accountingEntity: policy.accountingEntity,
    currency: policy.currency,
    accountingZone: policy.accountingZone,
    lines: posted.length + held.length + excluded.length,
    posted: posted.sort(byText),
    held: held.sort(byId),
    excluded: excluded.sort(byId),
    amounts: {
      posted: classAmount(seller, 'posted'),
      held: classAmount(seller, 'held'),
      excluded: classAmount(seller, 'excluded'),
      total: formatAmount(seller.total.charges + seller.total.taxes),
    },
    classes: classRows(seller),
    trialBalance: trialRows(seller, expected, places),
  };
}

function classAmount(seller: SellerBooks, lineClass: LineClass): string {
  let sum = 0n;
  for (const tally of seller.tallies.values()) {
    if (tally.lineClass === lineClass) sum += tally.charges + tally.taxes;
  }
  return formatAmount(sum);
}

const CLASS_ORDER: readonly LineClass[] = ['posted', 'held', 'excluded'];

function classRows(seller: SellerBooks): readonly ClassRow[] {
  return [...seller.tallies.values()]
    .sort(
      (a, b) =>
        CLASS_ORDER.indexOf(a.lineClass) - CLASS_ORDER.indexOf(b.lineClass) ||
        byText(a.reason, b.reason),
    )
    .map(({ lineClass, reason, lines, charges, taxes }) => ({
      lineClass,
      reason,
      lines,
      charges: formatAmount(charges),
      taxes: formatAmount(taxes),
      amount: formatAmount(charges + taxes),
    }));
}

function trialRows(seller: SellerBooks, expected: Sums, places: Places): readonly TrialRow[] {
  const numbers = new Set([...expected.keys(), ...seller.ledger.keys()]);
  const rows = [...numbers].map((number) => {
    const right = expected.get(number) ?? 0n;
    const actual = seller.ledger.get(number) ?? 0n;
    const { account, accountingUnit, dimensions, date } = places.at(number);
    return {
      account,
      accountingUnit,
      dimensions,
      date,
      expected: formatAmount(right),
      ledger: formatAmount(actual),
      difference: formatAmount(actual - right),
    };
  });
  const keyOf = (row: TrialRow): string =>
    [row.account, row.accountingUnit, row.dimensions, row.date].join('\n');
  return rows.sort((a, b) => byText(keyOf(a), keyOf(b)));
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
