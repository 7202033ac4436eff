import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decide, type Look } from './decision-table.js';

const anyLook: fc.Arbitrary<Look> = fc.record({
  staged: fc.constantFrom('none', 'some', 'all', 'other'),
  result: fc.constantFrom('none', 'passed', 'failed', 'unclear'),
  submitIntended: fc.boolean(),
  rowsSeen: fc.boolean(),
});

const before = { submitIntended: false, rowsSeen: false };
const after = { submitIntended: true, rowsSeen: true };

describe('what a look at CloudSuite means (G1)', () => {
  it.each<[string, Look, string, number]>([
    [
      'nothing there, never submitted (G2)',
      { ...before, staged: 'none', result: 'none' },
      'load',
      3,
    ],
    [
      'rows seen and gone (F7)',
      { ...before, rowsSeen: true, staged: 'none', result: 'none' },
      'person',
      2,
    ],
    ['staged as frozen', { ...before, staged: 'all', result: 'none' }, 'go-on', 2],
    ['a part staged', { ...before, staged: 'some', result: 'none' }, 'load-missing', 2],
    ['interfaced by another (F7)', { ...before, staged: 'none', result: 'passed' }, 'posted', 1],
    ['strange rows', { ...before, staged: 'other', result: 'none' }, 'person', 2],
    ['submitted, no result yet', { ...after, staged: 'all', result: 'none' }, 'poll', 1],
    ['submitted and gone, no result yet', { ...after, staged: 'none', result: 'none' }, 'poll', 1],
    ['passed and gone', { ...after, staged: 'none', result: 'passed' }, 'posted', 1],
    ['passed but still staged', { ...after, staged: 'all', result: 'passed' }, 'poll', 1],
    ['failed, all staged (F6)', { ...after, staged: 'all', result: 'failed' }, 'rejected', 1],
    ['failed and gone', { ...after, staged: 'none', result: 'failed' }, 'person', 2],
    ['failed, a part gone', { ...after, staged: 'some', result: 'failed' }, 'person', 2],
  ])('%s', (_, look, decision, looks) => {
    expect(decide(look)).toMatchObject({ decision, looks });
  });

  it('sends nothing again once the interface was submitted (F5, G2)', () => {
    fc.assert(
      fc.property(anyLook, (look) => {
        const { decision } = decide({ ...look, submitIntended: true });
        expect(['load', 'load-missing', 'go-on']).not.toContain(decision);
      }),
    );
  });

  it('says posted only with a passing result and an empty staging', () => {
    fc.assert(
      fc.property(anyLook, (look) => {
        if (decide(look).decision !== 'posted') return;
        expect(look).toMatchObject({ staged: 'none', result: 'passed' });
      }),
    );
  });

  it('never takes rows that were once seen for absent (F7)', () => {
    fc.assert(
      fc.property(anyLook, (look) => {
        expect(decide({ ...look, rowsSeen: true }).decision).not.toBe('load');
      }),
    );
  });
});
