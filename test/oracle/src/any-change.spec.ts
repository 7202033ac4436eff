import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatAmount, parseAmount } from './exact.js';
import {
  cleanScenario,
  nth,
  scenarioFolder,
  type RowText,
  type Scenario,
} from './scenario.fixture.js';

const folder = scenarioFolder();
afterAll(() => folder.remove());

function postedRows(scenario: Scenario): RowText[][] {
  return scenario.cloudsuite
    .filter((record) => record['kind'] === 'posted')
    .map((record) => record['rows'] as RowText[]);
}

const pick = fc.nat({ max: 100 });
const FIELDS = [
  'FinanceEnterpriseGroup',
  'AccountingEntity',
  'AccountCode',
  'AccountingUnit',
  'FinanceDimension1',
  'FinanceDimension7',
  'TransactionDate',
  'PostingDate',
  'Reference',
  'DocumentNumber',
  'CurrencyCode',
];

function someRow(
  scenario: Scenario,
  journal: number,
  row: number,
): { rows: RowText[]; at: number } {
  const journals = postedRows(scenario);
  const rows = nth(journals, journal % journals.length);
  return { rows, at: row % rows.length };
}

describe('no change of a right ledger goes unseen', () => {
  it('whatever amount is added to any one row', () => {
    const millionths = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }).filter((n) => n !== 0n);
    fc.assert(
      fc.property(pick, pick, millionths, (journal, row, delta) => {
        const scenario = cleanScenario();
        const { rows, at } = someRow(scenario, journal, row);
        const { fields } = nth(rows, at);
        fields['TransactionAmount'] = formatAmount(
          parseAmount(fields['TransactionAmount'] ?? '') + delta,
        );
        expect(folder.verdict(scenario).right).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  it('whichever row is dropped or doubled', () => {
    fc.assert(
      fc.property(pick, pick, fc.boolean(), (journal, row, doubled) => {
        const scenario = cleanScenario();
        const { rows, at } = someRow(scenario, journal, row);
        rows.splice(
          at,
          1,
          ...(doubled ? [nth(rows, at), { ...nth(rows, at), sequence: '77' }] : []),
        );
        expect(folder.verdict(scenario).right).toBe(false);
      }),
      { numRuns: 40 },
    );
  });

  it('whichever field of whichever row says something else', () => {
    fc.assert(
      fc.property(pick, pick, fc.constantFrom(...FIELDS), (journal, row, field) => {
        const scenario = cleanScenario();
        const { rows, at } = someRow(scenario, journal, row);
        nth(rows, at).fields[field] = field.endsWith('Date') ? '20261112' : 'OTHER';
        expect(folder.verdict(scenario).right).toBe(false);
      }),
      { numRuns: 80 },
    );
  });

  it('and the same amounts in other journals or another row order are still right', () => {
    fc.assert(
      fc.property(fc.boolean(), (reversed) => {
        const scenario = cleanScenario();
        if (reversed) for (const rows of postedRows(scenario)) rows.reverse();
        expect(folder.verdict(scenario).right).toBe(true);
      }),
      { numRuns: 4 },
    );
  });
});
