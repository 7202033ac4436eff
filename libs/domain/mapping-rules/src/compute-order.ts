import {
  difference,
  type Entry,
  type Journal,
  type JournalKind,
  packJournals,
  type Revision,
  sameEntries,
  sumEntries,
} from '@mlc/accounting';
import {
  type LineFacts,
  type OrderFacts,
  type Reason,
  reasonOf,
  recognitionDate,
  statusDate,
  transactionDate,
} from '@mlc/commerce';
import { type CivilDate, invariant, type LedgerRef, lineKey } from '@mlc/kernel';
import { evaluateLine, type Evaluation, type Pin, type ReasonAmount } from './evaluate-line.js';
import { attributesOf, type RuleSet } from './rule-set.js';

/** What mapping needs of a seller; the published seller fits as it is. */
export interface SellerPolicy {
  readonly market: string;
  readonly walmartSellerId: string;
  readonly ledger: LedgerRef;
  readonly currency: string;
  /** IANA zone of the books (D1). */
  readonly accountingZone: string;
  readonly goLiveDate: CivilDate;
}

/** What stands of a line in the ledger: its revisions that were not withdrawn (B1). */
export interface LineStanding {
  readonly line: string;
  /** Highest revision ever emitted, withdrawn or not; 0 when there is none. */
  readonly revision: number;
  /** The position. */
  readonly entries: readonly Entry[];
  /** In force: that of the highest revision not withdrawn, or of an explicit exclusion (B3). */
  readonly pin: Pin | null;
  /** Journals the line is in, oldest first. */
  readonly journals: readonly string[];
}

export interface OrderComputation {
  /** The stored facts with the highest snapshot version. */
  readonly newest: OrderFacts;
  /** Facts by snapshot version: at least those that standing pins name. */
  readonly emitted: ReadonlyMap<number, OrderFacts>;
  readonly seller: SellerPolicy;
  readonly ruleSets: readonly RuleSet[];
  /** By line key; a line without one was never emitted. */
  readonly standings: ReadonlyMap<string, LineStanding>;
  /** B8: `shadow` computes and shows, and makes no revision, pin or position. */
  readonly mode: 'live' | 'shadow';
}

export type LineState = 'shadow' | 'emitted' | 'exception' | 'excluded' | 'proposal';

export interface LineOutcome {
  readonly line: string;
  readonly lineNumber: string;
  readonly sku: string;
  readonly state: LineState;
  readonly reason: Reason | null;
  /** Recognition date. */
  readonly date: CivilDate;
  readonly journals: readonly string[];
  readonly journaledMinor: bigint;
  readonly held: readonly ReasonAmount[];
  readonly excluded: readonly ReasonAmount[];
  /** What is booked, in shadow what would be. */
  readonly bookings: readonly Entry[];
}

export interface ComputedOrder {
  readonly lines: readonly LineOutcome[];
  readonly revisions: readonly (Revision & { readonly journalId: string; readonly pin: Pin })[];
  readonly journals: readonly Journal[];
  /** Standings that are new or changed, to be stored with the revisions. */
  readonly standings: readonly LineStanding[];
}

interface ComputedLine {
  readonly outcome: LineOutcome;
  readonly revision: (Revision & { readonly pin: Pin }) | null;
  readonly standing: LineStanding | null;
}

/** Desired − position of every line of one order (B2). Pure: the same arguments give the same answer. */
export function computeOrder(computation: OrderComputation): ComputedOrder {
  const { newest, seller } = computation;
  const lines = newest.lines.map((line) => computeLine(computation, line));
  const revisions = lines.flatMap(({ revision }) => (revision ? [revision] : []));
  const packed = packJournals(
    {
      ledger: seller.ledger,
      currency: seller.currency,
      transactionDate: transactionDate(newest, seller.accountingZone),
      purchaseOrderId: newest.purchaseOrderId,
      documentNumber: newest.customerOrderId,
    },
    revisions,
  );
  invariant(packed.ok, packed.ok ? '' : packed.error.map(({ message }) => message).join('; '));
  const journalOf = new Map(
    packed.value.flatMap(({ journalId, members }) =>
      members.map(({ line }): [string, string] => [line, journalId]),
    ),
  );
  const withJournal = <T extends { line: string; journals: readonly string[] }>(one: T): T => {
    const journalId = journalOf.get(one.line);
    return journalId ? { ...one, journals: [...one.journals, journalId] } : one;
  };
  return {
    lines: lines.map(({ outcome }) => withJournal(outcome)),
    revisions: revisions.map((revision) => ({
      ...revision,
      journalId: journalOf.get(revision.line) ?? '',
    })),
    journals: packed.value,
    standings: lines.flatMap(({ standing }) => (standing ? [withJournal(standing)] : [])),
  };
}

function computeLine(computation: OrderComputation, line: LineFacts): ComputedLine {
  const { newest, seller, ruleSets } = computation;
  const { market, walmartSellerId } = seller;
  const { purchaseOrderId } = newest;
  const key = lineKey({ market, walmartSellerId, purchaseOrderId, lineNumber: line.lineNumber });
  const standing = computation.standings.get(key) ?? unbooked(key);
  const { pin } = standing;
  const question = {
    order: newest,
    line,
    attributes: attributesOf(newest, line),
    currency: seller.currency,
    goLiveDate: seller.goLiveDate,
    date: pin?.recognitionDate ?? recognitionDate(newest, seller.accountingZone),
    ruleSets,
    pin,
    booked: pin !== null && standing.revision > 0,
  };
  const evaluation = evaluateLine(question);
  if (pin) {
    const order = computation.emitted.get(pin.factsVersion);
    const emitted = order?.lines.find(({ lineNumber }) => lineNumber === line.lineNumber);
    invariant(
      order && emitted,
      `facts ${pin.factsVersion} of line ${key} were emitted and are gone`,
    );
    const again = evaluateLine({ ...question, order, line: emitted, pin: null });
    if (again.outcome === 'exception' || !sameEntries(again.entries, standing.entries)) {
      return propose(line, standing, evaluation, question.date);
    }
  }
  return settle({ computation, line, standing, evaluation, date: question.date });
}

function unbooked(line: string): LineStanding {
  return { line, revision: 0, entries: [], pin: null, journals: [] };
}

/** B5: something other than the facts changed; the line waits, the ledger stands. */
function propose(
  line: LineFacts,
  standing: LineStanding,
  evaluation: Evaluation,
  date: CivilDate,
): ComputedLine {
  const reason = reasonOf('rules-or-attributes-changed');
  const asBooked =
    evaluation.outcome !== 'exception' && sameEntries(evaluation.entries, standing.entries);
  const total = [...evaluation.held, ...evaluation.excluded].reduce(
    (sum, { amountMinor }) => sum + amountMinor,
    evaluation.journaledMinor,
  );
  const waiting = {
    journaledMinor: 0n,
    held: total === 0n ? [] : [{ reason: reason.code, amountMinor: total }],
    excluded: [],
  };
  return {
    outcome: {
      ...shown(line, standing, asBooked ? evaluation : { ...evaluation, ...waiting }, date),
      state: 'proposal',
      reason,
      bookings: standing.entries,
    },
    revision: null,
    standing: null,
  };
}

interface Settlement {
  readonly computation: OrderComputation;
  readonly line: LineFacts;
  readonly standing: LineStanding;
  readonly evaluation: Evaluation;
  readonly date: CivilDate;
}

function settle({ computation, line, standing, evaluation, date }: Settlement): ComputedLine {
  const { outcome, reason } = evaluation;
  const base = shown(line, standing, evaluation, date);
  if (outcome === 'exception') {
    // What was booked stands until the newer facts can be decided.
    const bookings = standing.entries;
    return {
      outcome: { ...base, state: 'exception', reason, bookings },
      revision: null,
      standing: null,
    };
  }
  const state: LineState = outcome === 'excluded' ? 'excluded' : 'emitted';
  if (computation.mode === 'shadow') {
    const showing = state === 'emitted' ? 'shadow' : state;
    const bookings = evaluation.entries;
    return {
      outcome: { ...base, state: showing, reason, bookings },
      revision: null,
      standing: null,
    };
  }
  const entries = difference(evaluation.entries, standing.entries);
  const position = sumEntries([...standing.entries, ...entries]);
  const decided: LineOutcome = { ...base, state, reason, bookings: position };
  const pin = evaluation.pin ?? repinned(standing.pin, computation.newest);
  if (entries.length === 0 || !pin) {
    const pinsExclusion =
      !standing.pin && pin?.charges.some((one) => one.outcome.kind === 'exclude');
    return {
      outcome: decided,
      revision: null,
      standing: pinsExclusion ? { ...standing, pin } : null,
    };
  }
  const revision = standing.revision + 1;
  return {
    outcome: decided,
    revision: {
      line: standing.line,
      revision,
      sku: line.sku,
      date: outcome === 'cancelled' ? statusDate(line, computation.seller.accountingZone) : date,
      kind: kindOf(outcome, standing),
      entries,
      pin,
    },
    standing: { ...standing, revision, entries: position, pin },
  };
}

/** Facts that leave a booked line out keep what was pinned, so that it is undone on the same accounts. */
function repinned(pin: Pin | null, newest: OrderFacts): Pin | null {
  return pin && { ...pin, factsVersion: newest.snapshotVersion };
}

function kindOf(outcome: Evaluation['outcome'], standing: LineStanding): JournalKind {
  if (outcome === 'cancelled') return 'cancel';
  return standing.revision === 0 || standing.pin === null ? 'sale' : 'correction';
}

function shown(
  line: LineFacts,
  standing: LineStanding,
  { journaledMinor, held, excluded }: Pick<Evaluation, 'journaledMinor' | 'held' | 'excluded'>,
  date: CivilDate,
): Omit<LineOutcome, 'state' | 'reason' | 'bookings'> {
  return {
    line: standing.line,
    lineNumber: line.lineNumber,
    sku: line.sku,
    date,
    journals: standing.journals,
    journaledMinor,
    held,
    excluded,
  };
}
