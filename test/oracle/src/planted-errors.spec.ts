import { afterAll, describe, expect, it } from '@jest/globals';
import {
  EAST,
  cancelledLine,
  charge,
  cleanScenario,
  firstJournal,
  journal,
  line,
  nth,
  orderRecord,
  request,
  rowsOf,
  scenarioFolder,
  type Entry,
  type Json,
  type RowText,
  type Scenario,
} from './scenario.fixture.js';

const folder = scenarioFolder();
afterAll(() => folder.remove());

/** Posts the first seller's order otherwise than right. */
function withFirstJournal(scenario: Scenario, entries: Entry[], tenant?: string): void {
  scenario.cloudsuite.splice(0, 4, ...journal('RG1', rowsOf(entries), tenant));
}

function editFirst(scenario: Scenario, edit: (row: RowText, index: number) => void): void {
  for (const record of scenario.cloudsuite.slice(0, 4)) {
    ((record['rows'] ?? []) as RowText[]).forEach(edit);
  }
}

const pair = (po: string, amount: string, more: Partial<Entry> = {}): Entry[] => [
  { po, account: '11500', amount, ...more },
  { po, account: '40100', amount: `-${amount}`, dimensions: EAST, ...more },
];

const plantedOf = (scenario: Scenario, list: 'held' | 'excluded'): Json[] =>
  (nth(scenario.policy.sellers)['planted'] as { held: Json[]; excluded: Json[] })[list];

const ERRORS: [what: string, code: string, plant: (scenario: Scenario) => void][] = [
  [
    'a journal posted twice by the same run group',
    'row-posted-twice',
    (s) => s.cloudsuite.push({ ...s.cloudsuite[3] }),
  ],
  [
    'a run group loaded again after it was posted',
    'run-group-reused',
    (s) => s.cloudsuite.push(...journal('RG1', rowsOf(firstJournal()))),
  ],
  [
    'a journal posted twice in another run group',
    'posted-twice',
    (s) => s.cloudsuite.push(...journal('RG9', rowsOf(firstJournal()))),
  ],
  [
    'one line of two posted twice',
    'posted-twice',
    (s) => s.cloudsuite.push(...journal('RG9', rowsOf(pair('5001', '7.01')))),
  ],
  ['a line dropped', 'line-missing', (s) => withFirstJournal(s, firstJournal().slice(0, 3))],
  ['an order dropped', 'line-missing', (s) => s.cloudsuite.splice(0, 4)],
  [
    'a wrong cent on both sides',
    'wrong-amount',
    (s) =>
      editFirst(s, (row, index) => {
        if (index === 0) row.fields['TransactionAmount'] = '25.00';
        if (index === 1) row.fields['TransactionAmount'] = '-20.00';
      }),
  ],
  [
    'an unbalanced journal',
    'unbalanced',
    (s) => editFirst(s, (row, i) => i === 1 && (row.fields['TransactionAmount'] = '-20.00')),
  ],
  [
    'a wrong revenue account',
    'wrong-account',
    (s) => editFirst(s, (row, i) => i === 1 && (row.fields['AccountCode'] = '40200')),
  ],
  [
    'shipping booked as product revenue',
    'wrong-account',
    (s) => editFirst(s, (row, i) => i === 2 && (row.fields['AccountCode'] = '40100')),
  ],
  [
    'a wrong clearing account',
    'wrong-account',
    (s) => editFirst(s, (row, i) => (i === 0 || i === 3) && (row.fields['AccountCode'] = '11600')),
  ],
  [
    'a wrong dimension',
    'wrong-dimension',
    (s) => editFirst(s, (row, i) => i === 1 && (row.fields['FinanceDimension1'] = 'WEST')),
  ],
  [
    'a wrong accounting unit',
    'wrong-accounting-unit',
    (s) => editFirst(s, (row, i) => i === 2 && (row.fields['AccountingUnit'] = '2000')),
  ],
  [
    'tax booked as revenue',
    'tax-as-revenue',
    (s) =>
      editFirst(s, (row, index) => {
        if (index === 0) row.fields['TransactionAmount'] = '26.64';
        if (index === 1) row.fields['TransactionAmount'] = '-21.64';
      }),
  ],
  [
    'a foreign line',
    'foreign-line',
    (s) => s.cloudsuite.push(...journal('RG9', rowsOf(pair('9999', '1.00')))),
  ],
  [
    'a replacement posted',
    'replacement-posted',
    (s) => s.cloudsuite.push(...journal('RG9', rowsOf(pair('5002', '30.00')))),
  ],
  [
    'a sale before go-live posted',
    'before-go-live-posted',
    (s) =>
      s.cloudsuite.push(...journal('RG9', rowsOf(pair('5003', '11.00', { date: '20261031' })))),
  ],
  [
    'a held line posted',
    'held-line-posted',
    (s) => s.cloudsuite.push(...journal('RG9', rowsOf(pair('5004', '24.00')))),
  ],
  [
    'a cancelled line posted',
    'cancelled-line-posted',
    (s) => s.cloudsuite.push(...journal('RG9', rowsOf(pair('5005', '3.00')))),
  ],
  [
    'the UTC date instead of the accounting zone',
    'wrong-date',
    (s) =>
      withFirstJournal(
        s,
        firstJournal().map((entry) => ({ ...entry, date: '20261110' })),
      ),
  ],
  [
    'a posting date that is not the order date',
    'wrong-posting-date',
    (s) => editFirst(s, (row) => (row.fields['PostingDate'] = '20261110')),
  ],
  [
    'another document number',
    'wrong-document',
    (s) => editFirst(s, (row) => (row.fields['DocumentNumber'] = 'X')),
  ],
  [
    'another currency in the ledger',
    'wrong-currency',
    (s) => editFirst(s, (row) => (row.fields['CurrencyCode'] = 'CAD')),
  ],
  [
    'another entity',
    'wrong-entity',
    (s) => editFirst(s, (row) => (row.fields['AccountingEntity'] = '200')),
  ],
  [
    'another enterprise group in the row',
    'wrong-enterprise-group',
    (s) => editFirst(s, (row) => (row.fields['FinanceEnterpriseGroup'] = '2')),
  ],
  ['another tenant', 'wrong-tenant', (s) => withFirstJournal(s, firstJournal(), 'GAMMA_PRD')],
  [
    'another seller’s ledger',
    'another-sellers-ledger',
    (s) => withFirstJournal(s, firstJournal(), 'BETA_PRD'),
  ],
  [
    'a write to Walmart',
    'write-to-walmart',
    (s) => s.walmart.push(request({ method: 'POST', path: '/v3/orders/5001/acknowledge' })),
  ],
  [
    'a violation seen by CloudSuite',
    'violation',
    (s) =>
      s.cloudsuite.push(request({ method: 'GET', path: '/x', outcome: 'violation', note: 'n' })),
  ],
  [
    'rows left in staging',
    'left-in-staging',
    (s) => s.cloudsuite.push(nth(journal('RG9', rowsOf(firstJournal())))),
  ],
  ['rows posted that never were staged', 'posted-not-staged', (s) => s.cloudsuite.splice(0, 1)],
  ['a second send', 'second-send', (s) => s.cloudsuite.push({ ...s.cloudsuite[1] })],
  [
    'a planted held line that is not held',
    'planted-held-missing',
    (s) => {
      const record = orderRecord('10001', '5004', [line('1', [charge('12.00')])]);
      s.walmart.push(record);
      s.cloudsuite.push(...journal('RG9', rowsOf(pair('5004', '12.00'))));
    },
  ],
  [
    'a planted held line that Walmart does not hold',
    'planted-held-missing',
    (s) =>
      plantedOf(s, 'held').push({
        purchaseOrderId: '7777',
        lineNumber: '1',
        reason: 'unmapped-charge',
      }),
  ],
  ['a held line nobody planted', 'held-not-planted', (s) => plantedOf(s, 'held').splice(0)],
  [
    'an excluded line nobody planted',
    'excluded-not-planted',
    (s) => plantedOf(s, 'excluded').splice(0, 1),
  ],
  [
    'a planted line with another reason',
    'planted-reason-differs',
    (s) => (nth(plantedOf(s, 'held'))['reason'] = 'unmapped-charge'),
  ],
  [
    'a cancel before its sale',
    'revision-before-sale',
    (s) => {
      s.walmart.push(
        orderRecord('10001', '5006', [line('1', [charge('8.00')])]),
        orderRecord('10001', '5006', [cancelledLine('1')]),
      );
      const back: Entry[] = [
        { po: '5006', account: '11500', amount: '-8.00', kind: 'CANCEL' },
        { po: '5006', account: '40100', amount: '8.00', dimensions: EAST, kind: 'CANCEL' },
      ];
      s.cloudsuite.push(
        ...journal('RG8', rowsOf(back)),
        ...journal('RG9', rowsOf(pair('5006', '8.00'))),
      );
    },
  ],
  [
    'a hole in a truth log',
    'truth-log-gap',
    (s) => s.cloudsuite.push({ kind: 'started', seq: 999 }),
  ],
  ['a policy without sellers', 'empty-run', (s) => s.policy.sellers.splice(0)],
  [
    'a seller without lines',
    'empty-run',
    (s) => {
      s.walmart = s.walmart.filter((record) => record['seller'] !== '10002');
      s.cloudsuite.splice(4, 4);
    },
  ],
];

describe('the oracle on truth logs with one planted error', () => {
  it.each(ERRORS)('finds %s (%s)', (_what, code, plant) => {
    const scenario = cleanScenario();
    plant(scenario);
    const verdict = folder.verdict(scenario);
    expect(verdict.right).toBe(false);
    expect(Object.keys(verdict.counts)).toContain(code);
    const finding = verdict.findings.find((one) => one.code === code);
    expect(finding?.message.length).toBeGreaterThan(20);
  });
});
