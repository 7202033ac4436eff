import { describe, expect, it } from '@jest/globals';
import type { StagedLine } from '@mlc/cloudsuite';
import type { JournalPayload } from '@mlc/events';
import { sha256Hex } from '@mlc/kernel';
import fc from 'fast-check';
import { judgeAccounts } from '../commands/answer-pings.js';
import { journalTrouble, ledgerLines, runGroupName, traceText } from './gl-lines.js';
import { compareStaged, newestResult, resultShape } from './look-at-group.js';
import { assertTransition, runGroupStates, TRANSITIONS } from './run-group-states.js';

const line = {
  accountingUnit: '',
  dimensions: {},
  line: 'US/10001/1796277083022/1',
  revision: 1,
  component: 'product',
};

const journal: JournalPayload = {
  journalId: sha256Hex('a journal of this spec'),
  ledger: { tenant: 'ACME_TST', enterpriseGroup: '1', accountingEntity: '100' },
  currency: 'USD',
  wantedDate: '2026-11-23',
  transactionDate: '2026-11-22',
  kind: 'correction',
  purchaseOrderId: '1796277083022',
  documentNumber: '5281956426648',
  members: [{ line: line.line, revision: 1 }],
  lines: [
    { ...line, account: '11500', amountMinor: '1999', sku: 'TENT-4' },
    { ...line, account: '40000', amountMinor: '-1999', sku: 'X'.repeat(199) + '🏕' },
  ],
  contentHash: sha256Hex('its content'),
};

describe('GL lines (F8)', () => {
  const lines = ledgerLines(journal, {
    postingDate: '2026-11-23',
    firstRow: 7,
    traceField: 'UniqueID',
  });

  it('carry order, document, dates and a trace to journal and line', () => {
    expect(lines[0]).toMatchObject({
      sequence: 7,
      amountMinor: 1999n,
      reference: '1796277083022',
      documentNumber: '5281956426648',
      description: 'CORRECT 2026-11-22 TENT-4',
      transactionDate: '2026-11-22',
      postingDate: '2026-11-23',
    });
    expect(lines[0]?.trace.text).toMatch(/^[A-Z2-7]{20}-1$/);
  });

  it('cut a description at 60 and never a trace beyond 24 characters', () => {
    expect(lines[1]?.description).toHaveLength(60);
    expect(traceText(journal.journalId, 250).length).toBeLessThanOrEqual(24);
  });

  it('are refused before they are sent when they do not balance or do not fit', () => {
    expect(journalTrouble(journal)).toBeNull();
    const crooked = {
      ...journal,
      lines: [
        ...journal.lines.slice(0, 1),
        { ...line, account: '4', amountMinor: '-1998', sku: '' },
      ],
    };
    expect(journalTrouble(crooked)?.code).toBe('journal-unbalanced');
    expect(journalTrouble({ ...journal, documentNumber: '9'.repeat(31) })?.code).toBe(
      'field-overlong',
    );
  });
});

describe('run group names (F1)', () => {
  const members = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 5 });

  it('are [A-Z0-9], at most 30, and depend on members and attempt, not on their order', () => {
    fc.assert(
      fc.property(members, fc.integer({ min: 1, max: 9 }), (ids, attempt) => {
        const of = { installation: 'spec', tenant: 'ACME_TST', members: ids, attempt };
        const name = runGroupName(of);
        expect(name).toMatch(/^WM[A-Z0-9]{26}$/);
        expect(runGroupName({ ...of, members: [...ids].reverse() })).toBe(name);
        expect(runGroupName({ ...of, attempt: attempt + 1 })).not.toBe(name);
        expect(runGroupName({ ...of, installation: 'other' })).not.toBe(name);
      }),
    );
  });
});

describe('state machine of a run group', () => {
  it('refuses every step its table does not name, and any step out of an ended group', () => {
    for (const from of runGroupStates) {
      for (const to of runGroupStates) {
        const step = () => assertTransition(from, to);
        if (TRANSITIONS[from].includes(to)) expect(step).not.toThrow();
        else expect(step).toThrow('does not go');
      }
    }
    expect(TRANSITIONS.posted).toEqual([]);
    expect(TRANSITIONS['submit-intended']).not.toContain('anchored');
  });
});

describe('reading back', () => {
  const staged = (sequence: number, more: Partial<StagedLine> = {}): StagedLine => ({
    sequence,
    amountMinor: sequence === 1 ? 5n : -5n,
    account: 'A',
    reference: 'R',
    error: '',
    ...more,
  });
  const frozen = new Map([1, 2].map((sequence) => [sequence, staged(sequence)]));

  it.each([
    ['none', []],
    ['some', [staged(2)]],
    ['all', [staged(2), staged(1)]],
    ['other', [staged(1), staged(2), staged(3)]],
    ['other', [staged(1), staged(1)]],
    ['other', [staged(1), staged(2, { amountMinor: -6n })]],
    ['other', [staged(1), staged(2, { reference: 'Q' })]],
    ['other', [staged(1), staged(2, { amountMinor: null })]],
  ])('is %s', (shape, rows) => {
    expect(compareStaged(frozen, rows).shape).toBe(shape);
  });

  it('takes the highest result above the baseline, whatever their order (F5)', () => {
    const result = (id: bigint) => ({ id, complete: true, passed: 2, failed: 0, total: 2 });
    expect(newestResult([result(9n), result(12n), result(11n)], 9n)?.id).toBe(12n);
    expect(newestResult([result(9n)], 9n)).toBeNull();
    expect(resultShape(result(1n), 2)).toBe('passed');
    expect(resultShape({ ...result(1n), passed: 1 }, 2)).toBe('unclear');
    expect(resultShape({ ...result(1n), passed: 0, failed: 2, complete: false }, 2)).toBe('failed');
  });
});

describe('accounts of a ping (C7)', () => {
  const chart = [
    { account: '1', name: '', active: true, restriction: '' },
    { account: '2', name: '', active: false, restriction: '0' },
    { account: '3', name: '', active: true, restriction: 'AR' },
  ];

  it('must be listed, active and unrestricted', () => {
    expect(judgeAccounts(chart, ['1']).ok).toBe(true);
    expect(judgeAccounts(chart, ['1', '2', '3', '4'])).toMatchObject({
      ok: false,
      detail: { missing: ['4'], inactive: ['2'], restricted: ['3'] },
    });
  });
});
