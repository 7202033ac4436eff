import { afterAll, describe, expect, it } from '@jest/globals';
import {
  BEFORE_GO_LIVE_MS,
  EAST,
  LATE_EVENING_MS,
  cancelledLine,
  charge,
  cleanScenario,
  firstJournal,
  journal,
  line,
  nth,
  orderRecord,
  rowsOf,
  scenarioFolder,
  type Entry,
  type Json,
  type Scenario,
} from './scenario.fixture.js';

const folder = scenarioFolder();
afterAll(() => folder.remove());

/** Posts the first seller's order otherwise than right. */
function withFirstJournal(scenario: Scenario, entries: Entry[], tenant?: string): void {
  scenario.cloudsuite.splice(0, 4, ...journal('RG1', rowsOf(entries), tenant));
}

const pair = (po: string, amount: string, more: Partial<Entry> = {}): Entry[] => [
  { po, account: '11500', amount, ...more },
  { po, account: '40100', amount: `-${amount}`, dimensions: EAST, ...more },
];

describe('the oracle on clean truth logs', () => {
  it('says RIGHT, with each line and each cent in exactly one class', () => {
    const verdict = folder.verdict(cleanScenario());
    expect(verdict.findings).toEqual([]);
    expect(verdict.right).toBe(true);
    const first = nth(verdict.sellers);
    const second = nth(verdict.sellers, 1);
    expect(first.posted).toEqual(['US/10001/5001/1', 'US/10001/5001/2']);
    expect(first.held).toEqual([{ id: 'US/10001/5004/1', reason: 'quantity-above-one' }]);
    expect(first.excluded.map(({ id, reason }) => `${id} ${reason}`)).toEqual([
      'US/10001/5002/1 replacement-order',
      'US/10001/5003/1 before-go-live',
      'US/10001/5005/1 cancelled',
    ]);
    expect(first.amounts).toEqual({
      posted: '32.00',
      held: '13.00',
      excluded: '42.65',
      total: '87.65',
    });
    expect(first.classes).toContainEqual({
      lineClass: 'excluded',
      reason: 'facilitator-tax',
      lines: 0,
      charges: '0.00',
      taxes: '1.65',
      amount: '1.65',
    });
    expect(first.trialBalance).toContainEqual({
      account: '40100',
      accountingUnit: '1000',
      dimensions: '1=EAST',
      date: '2026-11-09',
      expected: '-27.00',
      ledger: '-27.00',
      difference: '0.00',
    });
    expect(second.amounts.posted).toBe('110.50');
  });

  it('accepts a sale that was posted and reversed by a later cancel', () => {
    const scenario = cleanScenario();
    scenario.walmart.push(
      orderRecord('10001', '5006', [line('1', [charge('8.00')])]),
      orderRecord('10001', '5006', [cancelledLine('1')]),
    );
    const back = pair('5006', '8.00').map((entry) => ({
      ...entry,
      amount: entry.amount.startsWith('-') ? entry.amount.slice(1) : `-${entry.amount}`,
      kind: 'CANCEL',
    }));
    scenario.cloudsuite.push(
      ...journal('RG8', rowsOf(pair('5006', '8.00'))),
      ...journal('RG9', rowsOf(back)),
    );
    const verdict = folder.verdict(scenario);
    expect(verdict.findings).toEqual([]);
    expect(nth(verdict.sellers).posted).toContain('US/10001/5006/1');
  });

  it('accepts a rejected run group that was discarded and posted under a new name', () => {
    const scenario = cleanScenario();
    const common = { tenant: 'ACME_TST', enterpriseGroup: '1', runGroup: 'RG0' };
    const rows = rowsOf(firstJournal());
    scenario.cloudsuite.unshift(
      { kind: 'staged', ...common, rows },
      { kind: 'submitted', ...common, editOnly: false, by: 'request' },
      { kind: 'discarded', ...common, sequences: rows.map((row) => row.sequence), by: 'request' },
    );
    expect(folder.verdict(scenario).findings).toEqual([]);
  });

  it('books tax through clearing where the policy says so', () => {
    const scenario = cleanScenario();
    const seller = nth(scenario.policy.sellers);
    seller['tax'] = 'clearing';
    seller['taxAccount'] = { account: '22000', accountingUnit: '1000', dimensions: {} };
    withFirstJournal(scenario, [
      ...firstJournal(),
      { po: '5001', account: '11500', amount: '1.650' },
      { po: '5001', account: '22000', amount: '-1.650' },
    ]);
    expect(folder.verdict(scenario).findings).toEqual([]);
    withFirstJournal(scenario, [
      ...firstJournal(),
      { po: '5001', account: '11500', amount: '1.650' },
      { po: '5001', account: '40100', amount: '-1.650', dimensions: EAST },
    ]);
    expect(folder.verdict(scenario).counts).toHaveProperty('tax-as-revenue');
  });
});

describe('how a line is decided', () => {
  const cases: [reason: string, lineClass: 'held' | 'excluded', lines: Json[], more?: Json][] = [
    ['replacement-order', 'excluded', [cancelledLine('1')], { orderType: 'REPLACEMENT' }],
    [
      'currency-not-offered',
      'held',
      [line('1', [charge('1', { chargeAmount: { currency: 'CAD', amount: 1 } })])],
    ],
    ['before-go-live', 'excluded', [cancelledLine('1')], { orderDate: BEFORE_GO_LIVE_MS }],
    [
      'mixed-cancelled',
      'held',
      [
        line('1', [charge('9')], {
          orderLineQuantity: { amount: '2' },
          orderLineStatuses: {
            orderLineStatus: [
              { status: 'Cancelled', statusQuantity: { amount: '1' } },
              { status: 'Shipped', statusQuantity: { amount: '1' } },
            ],
          },
        }),
      ],
    ],
    [
      'mixed-cancelled',
      'held',
      [
        line('1', [charge('9')], {
          orderLineStatuses: {
            orderLineStatus: [{ status: 'Cancelled', statusQuantity: { amount: '1' } }],
          },
        }),
      ],
    ],
    [
      'refund-in-order-body',
      'held',
      [line('1', [charge('9')], { refund: { refundCharges: { refundCharge: [{}] } } })],
    ],
    [
      'product-type-unknown',
      'held',
      [line('1', [charge('9')], { item: { sku: 'NOBODY-KNOWS', productName: 'x' } })],
    ],
    ['unmapped-charge', 'held', [line('1', [charge('9', { chargeName: 'Surprise' })])]],
  ];

  it.each(cases)('%s is %s', (reason, lineClass, lines, more = {}) => {
    const scenario = cleanScenario();
    scenario.walmart.push(orderRecord('10001', '5010', lines, more));
    const verdict = folder.verdict(scenario);
    expect(nth(verdict.sellers)[lineClass]).toContainEqual({ id: 'US/10001/5010/1', reason });
  });

  it('takes the newest state of an order and the time of day in the accounting zone', () => {
    const scenario = cleanScenario();
    const goLive = Date.parse('2026-11-01T07:00:00Z');
    for (const [po, ms] of [
      ['5011', goLive],
      ['5012', goLive - 1],
    ] as const) {
      scenario.walmart.push(
        orderRecord('10001', po, [line('1', [charge('1')])], { orderDate: LATE_EVENING_MS }),
        orderRecord('10001', po, [line('1', [charge('1')])], { orderDate: ms }),
      );
    }
    const seller = nth(folder.verdict(scenario).sellers);
    expect(seller.posted).toContain('US/10001/5011/1');
    expect(seller.excluded).toContainEqual({ id: 'US/10001/5012/1', reason: 'before-go-live' });
  });
});
