import { describe, expect, it } from '@jest/globals';
import {
  absolute,
  decimalFromMinor,
  isBalanced,
  minorFromDecimal,
  sumEntries,
} from '@mlc/accounting';
import type { ChargeFacts, LineFacts, OrderFacts } from '@mlc/commerce';
import { unwrap } from '@mlc/kernel';
import fc from 'fast-check';
import {
  type ComputedOrder,
  computeOrder,
  type LineStanding,
  type Rule,
  type RuleSet,
} from './index.js';

const post = (account: string) => ({ account, accountingUnit: '1000', dimensions: {} });
const seller = {
  market: 'US',
  walmartSellerId: '10001',
  ledger: { tenant: 'ACME_TST', enterpriseGroup: '1', accountingEntity: '100' },
  currency: 'USD',
  accountingZone: 'America/New_York',
  goLiveDate: '2026-11-01',
};
const rules: Rule[] = [
  { when: { chargeName: 'GiftWrap' }, exclude: 'not-ours' },
  { when: { chargeName: 'SubscriptionDiscount' }, post: post('40990'), sign: 'subtract' },
  { when: { chargeType: 'PRODUCT', productType: 'Caps' }, post: post('40200') },
  { when: { chargeType: 'PRODUCT', productType: 'Shoes' }, post: post('40300') },
  { when: { chargeType: 'SHIPPING' }, post: post('40900') },
];
const ruleSet: RuleSet = {
  version: 1,
  fromDate: '2026-01-01',
  clearing: post('11500'),
  tax: { policy: 'excluded' },
  rules,
};
const taxed: RuleSet = { ...ruleSet, tax: { policy: 'clearing', post: post('21900') } };

const amount = fc
  .integer({ min: -9999, max: 99_999 })
  .map((cents) => ({ currency: 'USD', amount: decimalFromMinor(BigInt(cents), 'USD') }));
const charge = (names: readonly (readonly [string, string])[]): fc.Arbitrary<ChargeFacts> =>
  fc
    .tuple(fc.constantFrom(...names), amount, fc.option(amount))
    .map(([[chargeType, chargeName], money, tax]) => ({
      chargeType,
      chargeName,
      charge: money,
      tax,
    }));
const MAPPED = [
  ['PRODUCT', 'ItemPrice'],
  ['PRODUCT', 'SubscriptionDiscount'],
  ['PRODUCT', 'GiftWrap'],
  ['SHIPPING', 'Shipping'],
] as const;
const line = (lineNumber: string): LineFacts => ({
  lineNumber,
  sku: `SKU-${lineNumber}`,
  productType: 'Caps',
  quantity: 1,
  statuses: [{ status: 'Created', quantity: 1 }],
  statusAt: '2026-11-22T18:00:00.000Z',
  charges: [],
  refunds: [],
});
const sold = (lineNumber: string): fc.Arbitrary<LineFacts> =>
  fc.array(charge(MAPPED), { maxLength: 4 }).map((charges) => ({ ...line(lineNumber), charges }));
const cancelled = (lineNumber: string): fc.Arbitrary<LineFacts> =>
  sold(lineNumber).map((one) => ({ ...one, statuses: [{ status: 'Cancelled', quantity: 1 }] }));
const undecidable = (lineNumber: string): fc.Arbitrary<LineFacts> =>
  fc.oneof(
    sold(lineNumber).map((one) => ({ ...one, quantity: 2 })),
    sold(lineNumber).map((one) => ({ ...one, refunds: one.charges.slice(0, 1) })),
    fc
      .array(charge([['FEE', 'Unheard']]), { minLength: 1, maxLength: 2 })
      .map((charges) => ({ ...line(lineNumber), charges })),
  );
const anyLine = (lineNumber: string) =>
  fc.oneof(sold(lineNumber), cancelled(lineNumber), undecidable(lineNumber));
const decidable = (lineNumber: string) => fc.oneof(sold(lineNumber), cancelled(lineNumber));

const order = (snapshotVersion: number, lines: readonly LineFacts[]): OrderFacts => ({
  purchaseOrderId: '1001',
  customerOrderId: '2001',
  orderType: null,
  orderedAt: '2026-11-20T18:00:00.000Z',
  shipNodeType: 'SellerFulfilled',
  shipNodeId: null,
  snapshotVersion,
  lines,
});

/** Snapshots 1 to n of an order of two lines; the last can be decided. */
const history: fc.Arbitrary<OrderFacts[]> = fc
  .tuple(
    fc.array(fc.tuple(anyLine('1'), anyLine('2')), { maxLength: 4 }),
    fc.tuple(decidable('1'), decidable('2')),
  )
  .map(([earlier, last]) => [...earlier, last].map((lines, at) => order(at + 1, lines)));

/** What the service keeps between messages: facts by version, standings by line. */
class Books {
  readonly facts = new Map<number, OrderFacts>();
  readonly standings = new Map<string, LineStanding>();
  readonly emitted: ComputedOrder['revisions'][number][] = [];
  readonly journals: ComputedOrder['journals'][number][] = [];

  constructor(private readonly ruleSets: readonly RuleSet[] = [ruleSet]) {}

  take(...arrived: readonly OrderFacts[]): ComputedOrder {
    for (const facts of arrived) this.facts.set(facts.snapshotVersion, facts);
    const newest = [...this.facts.values()].sort(
      (a, b) => b.snapshotVersion - a.snapshotVersion,
    )[0];
    if (!newest) throw new Error('nothing arrived');
    const computed = computeOrder({
      newest,
      emitted: this.facts,
      seller,
      ruleSets: this.ruleSets,
      standings: this.standings,
      mode: 'live',
    });
    for (const standing of computed.standings) this.standings.set(standing.line, standing);
    this.emitted.push(...computed.revisions);
    this.journals.push(...computed.journals);
    return computed;
  }

  sums(lineKey: string) {
    return sumEntries(
      this.emitted
        .filter((revision) => revision.line === lineKey)
        .flatMap(({ entries }) => entries),
    );
  }
}

const LINES = ['US/10001/1001/1', 'US/10001/1001/2'];

describe('an order, computed (B1, B2, B6)', () => {
  it('ends in the same ledger for any order and number of its snapshots', () => {
    const arrivals = history.chain((snapshots) =>
      fc.tuple(
        fc.constant(snapshots),
        fc
          .shuffledSubarray([...snapshots, ...snapshots], { minLength: snapshots.length })
          .map((some) => [...some, ...snapshots.slice(-1)]),
      ),
    );
    fc.assert(
      fc.property(arrivals, ([snapshots, shuffled]) => {
        const inOrder = new Books();
        for (const snapshot of snapshots) inOrder.take(snapshot);
        const atOnce = new Books();
        atOnce.take(...snapshots);
        const mixed = new Books();
        for (const snapshot of shuffled) mixed.take(snapshot);
        for (const key of LINES) {
          expect(atOnce.sums(key)).toEqual(inOrder.sums(key));
          expect(mixed.sums(key)).toEqual(inOrder.sums(key));
        }
      }),
    );
  });

  it('has revisions without gaps that sum up to the position, in journals that balance', () => {
    fc.assert(
      fc.property(history, (snapshots) => {
        const books = new Books([taxed]);
        for (const snapshot of snapshots) books.take(snapshot);
        for (const key of LINES) {
          const own = books.emitted.filter((revision) => revision.line === key);
          expect(own.map(({ revision }) => revision)).toEqual(own.map((_, at) => at + 1));
          expect(books.sums(key)).toEqual(books.standings.get(key)?.entries ?? []);
        }
        for (const journal of books.journals) expect(isBalanced(journal.lines)).toBe(true);
        const members = books.journals.flatMap(({ members: refs }) =>
          refs.map((ref) => JSON.stringify(ref)),
        );
        expect(new Set(members).size).toBe(members.length);
        expect(members.length).toBe(books.emitted.length);
      }),
    );
  });

  it('emits nothing when it is computed again, and shows the same', () => {
    fc.assert(
      fc.property(history, (snapshots) => {
        const books = new Books();
        const first = books.take(...snapshots);
        const again = books.take(...snapshots);
        expect(again.revisions).toEqual([]);
        expect(again.journals).toEqual([]);
        expect(again.standings).toEqual([]);
        expect(again.lines).toEqual(first.lines);
      }),
    );
  });

  it('puts every reported cent in exactly one of journaled, held and excluded', () => {
    fc.assert(
      fc.property(anyLine('1'), fc.constantFrom(ruleSet, taxed), (facts, rulesInForce) => {
        const [outcome] = new Books([rulesInForce]).take(order(1, [facts])).lines;
        const reported = facts.charges
          .flatMap((one) => (one.tax ? [one.charge, one.tax] : [one.charge]))
          .reduce(
            (sum, money) => sum + absolute(unwrap(minorFromDecimal(money.amount, 'USD'))),
            0n,
          );
        const parts = [...(outcome?.held ?? []), ...(outcome?.excluded ?? [])];
        const told = parts.reduce(
          (sum, part) => sum + part.amountMinor,
          outcome?.journaledMinor ?? -1n,
        );
        expect(told).toBe(reported);
      }),
    );
  });

  it('makes no revision, pin or position in shadow (B8)', () => {
    fc.assert(
      fc.property(history, (snapshots) => {
        const newest = snapshots.at(-1) ?? order(1, []);
        const shown = computeOrder({
          newest,
          emitted: new Map(),
          seller,
          ruleSets: [ruleSet],
          standings: new Map(),
          mode: 'shadow',
        });
        const live = new Books().take(newest);
        expect([shown.revisions, shown.journals, shown.standings]).toEqual([[], [], []]);
        expect(shown.lines.map(({ bookings }) => bookings)).toEqual(
          live.lines.map(({ bookings }) => bookings),
        );
      }),
    );
  });
});

describe('pins and proposals (B3, B5)', () => {
  const capPrice: ChargeFacts = {
    chargeType: 'PRODUCT',
    chargeName: 'ItemPrice',
    charge: { currency: 'USD', amount: '10.00' },
    tax: null,
  };
  const giftWrap: ChargeFacts = { ...capPrice, chargeName: 'GiftWrap' };
  const book = (rulesInForce: readonly RuleSet[], from?: Books) => {
    const books = new Books(rulesInForce);
    for (const [key, standing] of from?.standings ?? []) books.standings.set(key, standing);
    return books;
  };

  it('pins an explicit exclusion, so that a later rule is a proposal and not a posting', () => {
    const before = book([ruleSet]);
    const facts = order(1, [{ ...line('1'), charges: [giftWrap] }]);
    expect(before.take(facts).revisions).toEqual([]);
    const posting: RuleSet = {
      ...ruleSet,
      version: 2,
      rules: [{ when: { chargeType: 'PRODUCT' }, post: post('40777') }],
    };
    const after = book([ruleSet, posting], before).take(facts);
    expect(after.revisions).toEqual([]);
    expect(after.lines[0]).toMatchObject({ state: 'proposal', bookings: [] });
  });

  it('books a new component of a booked line by the newest rules that leave the rest as it was', () => {
    const before = book([{ ...ruleSet, rules: rules.slice(0, 4) }]);
    before.take(order(1, [{ ...line('1'), charges: [capPrice] }]));
    const shipping = { ...capPrice, chargeType: 'SHIPPING', chargeName: 'Shipping' };
    const books = book([ruleSet, { ...ruleSet, version: 2 }], before);
    books.facts.set(1, order(1, [{ ...line('1'), charges: [capPrice] }]));
    const { revisions } = books.take(order(2, [{ ...line('1'), charges: [capPrice, shipping] }]));
    expect(revisions).toHaveLength(1);
    expect(revisions[0]).toMatchObject({
      revision: 2,
      kind: 'correction',
      pin: { ruleSetVersion: 2 },
    });
    expect(revisions[0]?.entries.map(({ component }) => component)).toEqual([
      'clearing',
      'shipping',
    ]);
  });

  it('stops when the facts of an emission are gone', () => {
    const before = book([ruleSet]);
    before.take(order(1, [{ ...line('1'), charges: [capPrice] }]));
    const forgetful = book([ruleSet], before);
    expect(() => forgetful.take(order(2, [{ ...line('1'), charges: [capPrice] }]))).toThrow(
      /are gone/,
    );
  });
});
