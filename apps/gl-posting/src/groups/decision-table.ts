/** What staging holds of a run group, compared with what was frozen. */
export type StagedShape =
  | 'none'
  | 'some'
  /** Exactly the frozen lines, count, amounts and references. */
  | 'all'
  /** More lines, or lines that are not ours as frozen. */
  | 'other';

/** The newest interface result above the baseline. */
export type ResultShape =
  | 'none'
  /** Complete, none failed, as many passed as were frozen. */
  | 'passed'
  | 'failed'
  /** Not complete without a failure, or counts that do not fit. */
  | 'unclear';

export interface Look {
  readonly staged: StagedShape;
  readonly result: ResultShape;
  readonly submitIntended: boolean;
  /** Our rows were seen staged at some time before. */
  readonly rowsSeen: boolean;
}

/**
 * `load`: put the group into staging again. `load-missing`: only the lines that are not there. `go-on`: it is
 * staged as frozen. `poll`: nothing to decide yet. `person`: held, with advice.
 */
export type Decision =
  'load' | 'load-missing' | 'go-on' | 'poll' | 'rejected' | 'posted' | 'person';

interface Rule {
  readonly when: Partial<Look>;
  readonly decision: Decision;
  /** Equal looks needed, one after another, before it counts. */
  readonly looks: number;
  readonly because: string;
}

/**
 * Ledger rules G1, G2, F7. First match decides; a combination that no rule names is a person's.
 */
export const DECISIONS: readonly Rule[] = [
  {
    when: { staged: 'none', result: 'passed' },
    decision: 'posted',
    looks: 1,
    because: 'a newer result passed every line and staging is empty: interfaced, never resend',
  },
  {
    when: { staged: 'none', result: 'none', submitIntended: true },
    decision: 'poll',
    looks: 1,
    because: 'submitted and gone from staging, but no result yet',
  },
  {
    when: { staged: 'none', result: 'none', submitIntended: false, rowsSeen: true },
    decision: 'person',
    looks: 2,
    because: 'rows were seen staged and are gone without our discard and without a result',
  },
  {
    when: { staged: 'none', result: 'none', submitIntended: false, rowsSeen: false },
    decision: 'load',
    looks: 3,
    because: 'three looks after the settle time found nothing, and no interface was submitted',
  },
  {
    when: { staged: 'all', result: 'none', submitIntended: false },
    decision: 'go-on',
    looks: 2,
    because: 'every line is staged as frozen and the interface was not run',
  },
  {
    when: { staged: 'all', result: 'none', submitIntended: true },
    decision: 'poll',
    looks: 1,
    because: 'submitted; the interface has not run yet',
  },
  {
    when: { staged: 'all', result: 'failed' },
    decision: 'rejected',
    looks: 1,
    because: 'the newest result failed and every line is still staged',
  },
  {
    when: { staged: 'all', result: 'passed' },
    decision: 'poll',
    looks: 1,
    because: 'edited only, or the journal is still being written',
  },
  {
    when: { staged: 'all', result: 'unclear', submitIntended: true },
    decision: 'poll',
    looks: 1,
    because: 'the interface has not finished',
  },
  {
    when: { staged: 'none', result: 'unclear', submitIntended: true },
    decision: 'poll',
    looks: 1,
    because: 'the interface has not finished',
  },
  {
    when: { staged: 'some', result: 'none', submitIntended: false },
    decision: 'load-missing',
    looks: 2,
    because: 'a part is staged, the count is stable, and no interface was submitted',
  },
  {
    when: { staged: 'some', submitIntended: true, result: 'none' },
    decision: 'poll',
    looks: 1,
    because: 'rows are leaving staging',
  },
  {
    when: { staged: 'some', submitIntended: true, result: 'passed' },
    decision: 'poll',
    looks: 1,
    because: 'rows are leaving staging',
  },
];

export interface Decided {
  readonly decision: Decision;
  readonly looks: number;
  readonly because: string;
}

/** What a look at CloudSuite means. Total; never says `load` after a submit intent. */
export function decide(look: Look): Decided {
  for (const rule of DECISIONS) {
    const matches = (Object.keys(rule.when) as (keyof Look)[]).every(
      (key) => rule.when[key] === look[key],
    );
    if (matches) return rule;
  }
  return {
    decision: 'person',
    looks: 2,
    because: `staging holds ${look.staged} of the lines and the newest result is ${look.result}`,
  };
}
