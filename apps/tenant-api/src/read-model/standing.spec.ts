import { describe, expect, it } from '@jest/globals';
import { type JournalRow, lineOf, type LineRow } from './read-lines.js';
import { standingOf } from './standing.js';

describe('standing of a line', () => {
  it.each([
    ['shadow', [], 'shadow'],
    ['excluded', [], 'excluded'],
    ['exception', [], 'held'],
    ['proposal', [], 'held'],
    ['emitted', [undefined], 'pending'],
    ['emitted', ['accepted'], 'pending'],
    ['emitted', ['frozen', 'posted'], 'pending'],
    ['emitted', ['absent'], 'pending'],
    ['emitted', ['posted', undefined], 'pending'],
    ['emitted', ['posted', 'posted'], 'posted'],
    ['emitted', ['posted', 'rejected'], 'held'],
    ['emitted', ['held'], 'held'],
    ['emitted', ['unknown', 'posted'], 'held'],
    ['emitted', ['quarantined'], 'held'],
    ['emitted', ['withdrawn'], 'pending'],
    ['exception', ['posted'], 'held'],
  ] as const)('%s with journals %j is %s', (state, journals, standing) => {
    expect(standingOf(state, journals)).toBe(standing);
  });
});

const row: LineRow = {
  line: 'US/10001/P1/1',
  purchase_order_id: 'P1',
  customer_order_id: 'C1',
  line_number: '1',
  sku: 'LAMP',
  state: 'emitted',
  reason: null,
  recognised_on: '2026-02-02',
  journals: ['j1'],
  journaled_minor: '1200',
  held: [],
  excluded: [{ reason: 'facilitator-tax', amountMinor: '75' }],
  standing: 'pending',
};
const journal = (more: Partial<JournalRow>): ReadonlyMap<string, JournalRow> =>
  new Map([
    [
      'j1',
      {
        journal_id: 'j1',
        state: 'frozen',
        run_group: 'RG1',
        posting_date: null,
        result_id: null,
        reason: null,
        ...more,
      },
    ],
  ]);

describe('amounts of a line', () => {
  it('are posted only when the line is', () => {
    const posted = lineOf({ ...row, standing: 'posted' }, journal({ state: 'posted' }));
    expect(posted).toMatchObject({ postedMinor: '1200', held: [] });
    expect(lineOf(row, journal({})).postedMinor).toBe('0');
  });

  it('are held under the reason of the journal that waits', () => {
    const reason = { code: 'period-closed', message: 'February is closed.', advice: 'Open it.' };
    const held = lineOf({ ...row, standing: 'held' }, journal({ state: 'held', reason }));
    expect(held).toMatchObject({
      postedMinor: '0',
      reason,
      held: [{ reason: 'period-closed', amountMinor: '1200' }],
      excluded: [{ reason: 'facilitator-tax', amountMinor: '75' }],
    });
  });

  it('show a journal nobody has answered for as emitted', () => {
    expect(lineOf(row, new Map()).journals).toEqual([
      { journalId: 'j1', state: 'emitted', runGroup: null, postingDate: null, resultId: null },
    ]);
  });
});
