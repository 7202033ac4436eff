import { absolute, type CodeBlock, type Entry, sumEntries } from '@mlc/accounting';
import {
  type LineFacts,
  type OrderFacts,
  type ReadCharge,
  readLine,
  type Reason,
  reasonOf,
} from '@mlc/commerce';
import type { CivilDate } from '@mlc/kernel';
import { matchRule, type RuleMatch } from './match-rule.js';
import { type Attributes, type RuleSet, ruleSetFor } from './rule-set.js';

export interface PinnedCharge {
  readonly chargeType: string;
  readonly chargeName: string;
  readonly outcome: Extract<RuleMatch, { kind: 'post' | 'exclude' }>;
}

/** B3: what was decided for a line when it was last emitted, and what that was decided from. */
export interface Pin {
  readonly ruleSetVersion: number;
  readonly recognitionDate: CivilDate;
  /** Snapshot version of the facts of the last emission. */
  readonly factsVersion: number;
  readonly clearing: CodeBlock;
  readonly tax: RuleSet['tax'];
  readonly charges: readonly PinnedCharge[];
  readonly attributes: Attributes;
}

export interface ReasonAmount {
  readonly reason: string;
  readonly amountMinor: bigint;
}

/** What one line should have in the ledger; every cent reported is in exactly one of the three amounts. */
export interface Evaluation {
  readonly outcome: 'post' | 'cancelled' | 'excluded' | 'exception';
  /** Null when something is (or is to be) booked. */
  readonly reason: Reason | null;
  /** Desired entries; none for anything but `post`. */
  readonly entries: readonly Entry[];
  readonly journaledMinor: bigint;
  readonly held: readonly ReasonAmount[];
  readonly excluded: readonly ReasonAmount[];
  /** What to pin when this is emitted. */
  readonly pin: Pin | null;
}

export interface LineQuestion {
  readonly order: OrderFacts;
  readonly line: LineFacts;
  readonly attributes: Attributes;
  readonly currency: string;
  readonly goLiveDate: CivilDate;
  readonly date: CivilDate;
  readonly ruleSets: readonly RuleSet[];
  /** Pinned outcomes win over rules; null asks what the rules of today say. */
  readonly pin: Pin | null;
  /** Whether a revision of the line stands. */
  readonly booked: boolean;
}

/** The whole decision list for one line: the facts first, then the rules or what was pinned. */
export function evaluateLine(question: LineQuestion): Evaluation {
  const reading = readLine(question.order, question.line, question);
  if (reading.kind === 'held') return exception(reading.reason, reading.totalMinor);
  if (reading.kind === 'excluded') return leftOut(reading.reason, reading.totalMinor);
  const policy = policyOf(question);
  if (!policy) {
    if (reading.kind === 'cancelled') return leftOut(reasonOf('cancelled'), reading.totalMinor);
    const why = `no rule set is in force on ${question.date}`;
    return exception(reasonOf('unmapped-charge', why), reading.totalMinor);
  }
  const decided = decideCharges(question, policy, reading.charges);
  if (reading.kind === 'cancelled') return nothingLeft(question, policy, decided, reading);
  if (decided.undecided) return exception(decided.undecided, reading.totalMinor);
  return book(question, policy, decided.charges);
}

interface Policy {
  readonly version: number;
  readonly clearing: CodeBlock;
  readonly tax: RuleSet['tax'];
  readonly rules: RuleSet['rules'];
}

function policyOf({ ruleSets, date, pin }: LineQuestion): Policy | null {
  const ruleSet = ruleSetFor(ruleSets, date);
  if (!ruleSet && !pin) return null;
  return {
    version: ruleSet?.version ?? pin?.ruleSetVersion ?? 0,
    clearing: pin?.clearing ??
      ruleSet?.clearing ?? { account: '', accountingUnit: '', dimensions: {} },
    tax: pin?.tax ?? ruleSet?.tax ?? { policy: 'excluded' },
    rules: ruleSet?.rules ?? [],
  };
}

interface DecidedCharge extends ReadCharge {
  readonly outcome: PinnedCharge['outcome'];
}

interface Decided {
  readonly charges: readonly DecidedCharge[];
  /** First thing missing; a missing product type goes before a missing rule. */
  readonly undecided: Reason | null;
}

function decideCharges(
  { pin, attributes }: LineQuestion,
  policy: Policy,
  charges: readonly ReadCharge[],
): Decided {
  const decided: DecidedCharge[] = [];
  let needsType: Reason | null = null;
  let unmapped: Reason | null = null;
  for (const charge of charges) {
    const { chargeType, chargeName } = charge.facts;
    const pinned = pin?.charges.find(
      (one) => one.chargeType === chargeType && one.chargeName === chargeName,
    );
    const match = pinned?.outcome ?? matchRule(policy.rules, charge.facts, attributes);
    if (match.kind === 'product-type-needed') {
      needsType ??= reasonOf(
        'product-type-unknown',
        `rule ${match.rule}, ${chargeType} ${chargeName}`,
      );
    } else if (match.kind === 'none') {
      unmapped ??= reasonOf('unmapped-charge', `${chargeType} ${chargeName}`);
    } else {
      decided.push({ ...charge, outcome: match });
    }
  }
  return { charges: decided, undecided: needsType ?? unmapped };
}

function book(
  question: LineQuestion,
  policy: Policy,
  charges: readonly DecidedCharge[],
): Evaluation {
  const entries: Entry[] = [];
  let clearingMinor = 0n;
  const credit = (component: string, block: CodeBlock, amountMinor: bigint) => {
    entries.push({ component, block, amountMinor: -amountMinor });
    clearingMinor += amountMinor;
  };
  for (const { outcome, component, amountMinor, taxMinor } of charges) {
    if (outcome.kind === 'post') {
      const booked = outcome.subtract ? -absolute(amountMinor) : amountMinor;
      credit(outcome.subtract ? 'discount' : component, outcome.block, booked);
    }
    if (policy.tax.policy === 'clearing') credit('tax', policy.tax.post, taxMinor);
  }
  entries.push({ component: 'clearing', block: policy.clearing, amountMinor: clearingMinor });
  return {
    outcome: 'post',
    reason: null,
    entries: sumEntries(entries),
    ...whereCentsGo(policy, charges),
    pin: pinOf(question, policy, charges),
  };
}

/** C3: a booked line whose units are all cancelled comes to nothing, whatever amounts it still shows. */
function nothingLeft(
  question: LineQuestion,
  policy: Policy,
  decided: Decided,
  { totalMinor }: { readonly totalMinor: bigint },
): Evaluation {
  const cents = decided.undecided
    ? { journaledMinor: 0n, held: [], excluded: amounts([['cancelled', totalMinor]]) }
    : whereCentsGo(policy, decided.charges);
  return {
    outcome: 'cancelled',
    reason: null,
    entries: [],
    ...cents,
    pin: pinOf(question, policy, decided.charges),
  };
}

function whereCentsGo(
  policy: Policy,
  charges: readonly DecidedCharge[],
): Pick<Evaluation, 'journaledMinor' | 'held' | 'excluded'> {
  let journaledMinor = 0n;
  const excluded: [string, bigint][] = [];
  for (const { outcome, amountMinor, taxMinor } of charges) {
    if (outcome.kind === 'post') journaledMinor += absolute(amountMinor);
    else excluded.push([outcome.reason, absolute(amountMinor)]);
    if (policy.tax.policy === 'clearing') journaledMinor += absolute(taxMinor);
    else excluded.push(['facilitator-tax', absolute(taxMinor)]);
  }
  return { journaledMinor, held: [], excluded: amounts(excluded) };
}

function pinOf(question: LineQuestion, policy: Policy, charges: readonly DecidedCharge[]): Pin {
  const pinned = new Map<string, PinnedCharge>();
  const add = (one: PinnedCharge) =>
    pinned.set(JSON.stringify([one.chargeType, one.chargeName]), one);
  for (const one of question.pin?.charges ?? []) add(one);
  for (const { facts, outcome } of charges) {
    add({ chargeType: facts.chargeType, chargeName: facts.chargeName, outcome });
  }
  return {
    ruleSetVersion: policy.version,
    recognitionDate: question.date,
    factsVersion: question.order.snapshotVersion,
    clearing: policy.clearing,
    tax: policy.tax,
    charges: [...pinned.values()],
    attributes: question.attributes,
  };
}

function exception(reason: Reason, totalMinor: bigint): Evaluation {
  return {
    outcome: 'exception',
    reason,
    entries: [],
    journaledMinor: 0n,
    held: amounts([[reason.code, totalMinor]]),
    excluded: [],
    pin: null,
  };
}

function leftOut(reason: Reason, totalMinor: bigint): Evaluation {
  return {
    outcome: 'excluded',
    reason,
    entries: [],
    journaledMinor: 0n,
    held: [],
    excluded: amounts([[reason.code, totalMinor]]),
    pin: null,
  };
}

/** One amount a reason, without zeros, by reason. */
function amounts(parts: readonly (readonly [string, bigint])[]): ReasonAmount[] {
  const sums = new Map<string, bigint>();
  for (const [reason, amountMinor] of parts) {
    if (amountMinor !== 0n) sums.set(reason, (sums.get(reason) ?? 0n) + amountMinor);
  }
  return [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([reason, amountMinor]) => ({ reason, amountMinor }));
}
