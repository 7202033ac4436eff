import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judge } from './judge.js';
import type { Verdict } from './verdict.js';

/** Small hand-written truth logs: two sellers, one order each kind. Built by nothing it judges. */

export type Json = Record<string, unknown>;
export type RowText = { sequence: string; fields: Record<string, string> };

export type Scenario = { walmart: Json[]; cloudsuite: Json[]; policy: Json & { sellers: Json[] } };

/** The member of a list that a spec knows to be there. */
export function nth<T>(list: readonly T[] | undefined, index = 0): T {
  const member = list?.[index];
  if (member === undefined) throw new RangeError(`Nothing at ${index}`);
  return member;
}

export type Entry = {
  po: string;
  account: string;
  amount: string;
  unit?: string;
  dimensions?: Record<string, string>;
  date?: string;
  kind?: string;
  entity?: string;
};

/** 2026-11-10T06:30Z is still 9 November in Los Angeles, and already the 10th by UTC. */
export const LATE_EVENING_MS = 1_794_292_200_000;
/** 2026-10-31T19:00Z, noon in Los Angeles on the day before go-live. */
export const BEFORE_GO_LIVE_MS = 1_793_473_200_000;

export const charge = (amount: string, more: Json = {}): Json => ({
  chargeType: 'PRODUCT',
  chargeName: 'ItemPrice',
  chargeAmount: { currency: 'USD', amount: `#${amount}#` },
  tax: null,
  ...more,
});

export const tax = (amount: string): Json => ({
  tax: { taxName: 'Tax1', taxAmount: { currency: 'USD', amount: `#${amount}#` } },
});

export const line = (lineNumber: string, charges: Json[], more: Json = {}): Json => ({
  lineNumber,
  item: { productName: 'A thing', sku: 'SHIRT-1' },
  charges: { charge: charges },
  orderLineQuantity: { unitOfMeasurement: 'EACH', amount: '1' },
  statusDate: LATE_EVENING_MS,
  orderLineStatuses: { orderLineStatus: [{ status: 'Shipped', statusQuantity: { amount: '1' } }] },
  ...more,
});

export const cancelledLine = (lineNumber: string): Json =>
  line(lineNumber, [charge('0')], {
    orderLineStatuses: {
      orderLineStatus: [{ status: 'Cancelled', statusQuantity: { amount: '1' } }],
    },
  });

/** A committed order; amounts between `#` become JSON numbers in the body's own text. */
export function orderRecord(seller: string, po: string, lines: Json[], more: Json = {}): Json {
  const body = JSON.stringify({
    purchaseOrderId: po,
    customerOrderId: `C${po}`,
    orderType: 'REGULAR',
    orderDate: LATE_EVENING_MS,
    shipNode: { id: 'node-a', type: 'SellerFulfilled' },
    orderLines: { orderLine: lines },
    ...more,
  }).replace(/"#([^#"]+)#"/g, '$1');
  return {
    kind: 'order-committed',
    seller,
    purchaseOrderId: po,
    shipNodeType: 'SellerFulfilled',
    body,
  };
}

export function rowsOf(entries: Entry[]): RowText[] {
  return entries.map((entry, index) => ({
    sequence: String(index + 1),
    fields: {
      FinanceEnterpriseGroup: '1',
      AccountingEntity: entry.entity ?? '100',
      AccountCode: entry.account,
      AccountingUnit: entry.unit ?? '1000',
      TransactionDate: entry.date ?? '20261109',
      PostingDate: entry.date ?? '20261109',
      Reference: entry.po,
      Description: `${entry.kind ?? 'SALE'} 2026-11-09 SHIRT-1`,
      DocumentNumber: `C${entry.po}`,
      CurrencyCode: 'USD',
      TransactionAmount: entry.amount,
      ...Object.fromEntries(
        Object.entries(entry.dimensions ?? {}).map(([k, v]) => [`FinanceDimension${k}`, v]),
      ),
    },
  }));
}

/** The records of a run group that went its whole way. */
export function journal(runGroup: string, rows: RowText[], tenant = 'ACME_TST'): Json[] {
  const common = { tenant, enterpriseGroup: '1', runGroup };
  const count = rows.length;
  return [
    { kind: 'staged', ...common, rows },
    { kind: 'submitted', ...common, editOnly: false, by: 'request' },
    {
      kind: 'interfaced',
      ...common,
      resultId: '7',
      status: '1',
      recordCount: count,
      passed: count,
      failed: 0,
      posted: true,
    },
    { kind: 'posted', ...common, resultId: '7', rows: structuredClone(rows) },
  ];
}

export const EAST = { '1': 'EAST' };

/** One order of the first seller: two lines, three charges, tax that is not the seller's. */
export const firstJournal = (): Entry[] => [
  { po: '5001', account: '11500', amount: '24.990' },
  { po: '5001', account: '40100', amount: '-19.990', dimensions: EAST },
  { po: '5001', account: '40900', amount: '-5.000' },
  { po: '5001', account: '11500', amount: '7.010' },
  { po: '5001', account: '40100', amount: '-7.010', dimensions: EAST },
];

export function cleanScenario(): Scenario {
  const shipping = charge('5', { chargeType: 'SHIPPING', chargeName: 'Shipping' });
  const seller = (id: string, tenant: string, planted: Json): Json => ({
    walmartSellerId: id,
    market: 'US',
    tenant,
    enterpriseGroup: '1',
    accountingEntity: '100',
    currency: 'USD',
    accountingZone: 'America/Los_Angeles',
    goLiveDate: '2026-11-01',
    recognition: 'placed',
    tax: 'excluded',
    clearing: { account: '11500', accountingUnit: '1000', dimensions: {} },
    charges: [
      {
        when: { chargeType: 'PRODUCT', chargeName: 'ItemPrice', productType: ['T-Shirts'] },
        post: { account: '40100', accountingUnit: '1000', dimensions: EAST },
      },
      {
        when: { chargeType: 'SHIPPING' },
        post: { account: '40900', accountingUnit: '1000', dimensions: {} },
      },
      {
        when: { chargeName: 'SubscriptionDiscount' },
        sign: 'subtract',
        post: { account: '40990', accountingUnit: '1000', dimensions: {} },
      },
      { when: { chargeName: 'GiftWrap' }, exclude: 'not-ours' },
    ],
    planted,
  });
  const planted = (po: string, reason: string, lineNumber = '1'): Json => ({
    purchaseOrderId: po,
    lineNumber,
    reason,
  });
  return {
    walmart: [
      { kind: 'started', settings: {} },
      {
        kind: 'item-committed',
        seller: '10001',
        sku: 'shirt-1',
        productType: 'T-Shirts',
        shelf: [],
      },
      {
        kind: 'item-committed',
        seller: '10002',
        sku: 'SHIRT-1',
        productType: 'T-Shirts',
        shelf: [],
      },
      orderRecord('10001', '5001', [
        line('1', [charge('19.99', tax('1.65')), shipping]),
        line('2', [charge('7.01')]),
      ]),
      orderRecord('10001', '5002', [line('1', [charge('30.00')])], { orderType: 'REPLACEMENT' }),
      orderRecord('10001', '5003', [line('1', [charge('11.00')])], {
        orderDate: BEFORE_GO_LIVE_MS,
      }),
      orderRecord('10001', '5004', [
        line('1', [charge('12.00', tax('1.00'))], {
          orderLineQuantity: { amount: '2' },
          orderLineStatuses: {
            orderLineStatus: [{ status: 'Shipped', statusQuantity: { amount: '2' } }],
          },
        }),
      ]),
      orderRecord('10001', '5005', [cancelledLine('1')]),
      orderRecord('10002', '6001', [
        line('1', [charge('100'), charge('-10.5', { chargeName: 'SubscriptionDiscount' })]),
      ]),
      request({ method: 'GET', path: '/v3/orders?limit=200' }),
      request({ method: 'POST', path: '/v3/token' }),
    ],
    cloudsuite: [
      ...journal('RG1', rowsOf(firstJournal())),
      ...journal(
        'RG2',
        rowsOf([
          { po: '6001', account: '11500', amount: '89.500' },
          { po: '6001', account: '40100', amount: '-100.000', dimensions: EAST },
          { po: '6001', account: '40990', amount: '10.500' },
        ]),
        'BETA_PRD',
      ),
    ],
    policy: {
      version: 1,
      sellers: [
        seller('10001', 'ACME_TST', {
          held: [planted('5004', 'quantity-above-one')],
          excluded: [
            planted('5002', 'replacement-order'),
            planted('5003', 'before-go-live'),
            planted('5005', 'cancelled'),
          ],
        }),
        seller('10002', 'BETA_PRD', { held: [], excluded: [] }),
      ],
    },
  };
}

export function request(more: Json): Json {
  return { kind: 'request', conn: 1, account: '10001', status: 200, outcome: 'served', ...more };
}

/** A folder for a spec's files, and the paths a scenario is written to. */
export function scenarioFolder(): {
  readonly folder: string;
  write(scenario: Scenario): { walmartTruth: string; cloudsuiteTruth: string; policyFile: string };
  verdict(scenario: Scenario): Verdict;
  remove(): void;
} {
  const folder = mkdtempSync(join(tmpdir(), 'oracle-'));
  const log = (name: 'walmart' | 'cloudsuite', records: Json[]): string => {
    const file = join(folder, `${name}.truth.jsonl`);
    const at = '2026-11-11T00:00:00.000Z';
    const lines = records.map((record, index) =>
      JSON.stringify({ seq: index + 1, at, system: name, ...record }),
    );
    writeFileSync(file, lines.map((text) => `${text}\n`).join(''));
    return file;
  };
  const write = (scenario: Scenario) => {
    const policyFile = join(folder, 'policy.json');
    writeFileSync(policyFile, JSON.stringify(scenario.policy));
    return {
      walmartTruth: log('walmart', scenario.walmart),
      cloudsuiteTruth: log('cloudsuite', scenario.cloudsuite),
      policyFile,
    };
  };
  return {
    folder,
    write,
    verdict: (scenario) => judge(write(scenario)),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
