import {
  type CivilDate,
  err,
  type Failure,
  failure,
  hashOf,
  type Json,
  type LedgerRef,
  ledgerKey,
  ok,
  type Result,
} from '@mlc/kernel';
import type { Entry } from './entries.js';

export type JournalKind = 'sale' | 'cancel' | 'correction';

/** A3. */
export const MAX_JOURNAL_LINES = 250;

/** A2: a numbered difference of one order line in one ledger. */
export interface Revision {
  /** `market/walmartSellerId/purchaseOrderId/lineNumber`. */
  readonly line: string;
  readonly revision: number;
  readonly sku: string;
  readonly date: CivilDate;
  readonly kind: JournalKind;
  readonly entries: readonly Entry[];
}

/** What all journals of one order have in common. */
export interface JournalHead {
  readonly ledger: LedgerRef;
  readonly currency: string;
  readonly transactionDate: CivilDate;
  readonly purchaseOrderId: string;
  readonly documentNumber: string;
}

export interface JournalLine {
  readonly account: string;
  readonly accountingUnit: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly amountMinor: bigint;
  readonly line: string;
  readonly revision: number;
  readonly sku: string;
  readonly component: string;
}

export interface Journal extends JournalHead {
  readonly journalId: string;
  readonly wantedDate: CivilDate;
  readonly kind: JournalKind;
  readonly members: readonly { readonly line: string; readonly revision: number }[];
  readonly lines: readonly JournalLine[];
  readonly contentHash: string;
}

/**
 * One journal of revisions of one date and kind, or everything that is wrong with them. The id names
 * the ledger and the (line, revision) pairs only (A3); the content hash covers every other field (E1).
 */
export function buildJournal(
  head: JournalHead,
  revisions: readonly Revision[],
): Result<Journal, readonly Failure[]> {
  const sorted = [...revisions].sort(byMember);
  const failures = findFailures(sorted);
  const first = sorted[0];
  if (!first || failures.length > 0) return err(failures);
  const members = sorted.map(({ line, revision }) => ({ line, revision }));
  const content = {
    journalId: journalIdOf(head.ledger, members),
    ledger: {
      tenant: head.ledger.tenant,
      enterpriseGroup: head.ledger.enterpriseGroup,
      accountingEntity: head.ledger.accountingEntity,
    },
    currency: head.currency,
    wantedDate: first.date,
    transactionDate: head.transactionDate,
    kind: first.kind,
    purchaseOrderId: head.purchaseOrderId,
    documentNumber: head.documentNumber,
    members,
    lines: sorted.flatMap(linesOf),
  };
  return ok({ ...content, contentHash: hashOf(content as unknown as Json) });
}

/**
 * Packs an order's revisions: one date and kind a journal, whole revisions, at most 250 lines each,
 * in the order of their lines, so that the same revisions always give the same journals.
 */
export function packJournals(
  head: JournalHead,
  revisions: readonly Revision[],
): Result<Journal[], readonly Failure[]> {
  const journals: Journal[] = [];
  const failures: Failure[] = [];
  for (const pack of packs(revisions)) {
    const built = buildJournal(head, pack);
    if (built.ok) journals.push(built.value);
    else failures.push(...built.error);
  }
  return failures.length > 0 ? err(failures) : ok(journals);
}

function packs(revisions: readonly Revision[]): Revision[][] {
  const groups = new Map<string, Revision[]>();
  for (const revision of [...revisions].sort(byMember)) {
    const key = `${revision.date} ${revision.kind}`;
    const group = groups.get(key);
    if (group) group.push(revision);
    else groups.set(key, [revision]);
  }
  return [...groups.values()].flatMap(cut);
}

function cut(group: readonly Revision[]): Revision[][] {
  const packed: Revision[][] = [];
  let size = MAX_JOURNAL_LINES;
  for (const revision of group) {
    size += revision.entries.length;
    const last = packed.at(-1);
    if (last && size <= MAX_JOURNAL_LINES) {
      last.push(revision);
    } else {
      packed.push([revision]);
      size = revision.entries.length;
    }
  }
  return packed;
}

function journalIdOf(
  ledger: LedgerRef,
  members: readonly { line: string; revision: number }[],
): string {
  return hashOf({
    ledger: ledgerKey(ledger),
    members: members.map(({ line, revision }) => [line, revision]),
  });
}

function linesOf(revision: Revision): JournalLine[] {
  return revision.entries.map(({ block, amountMinor, component }) => ({
    account: block.account,
    accountingUnit: block.accountingUnit,
    dimensions: block.dimensions,
    amountMinor,
    line: revision.line,
    revision: revision.revision,
    sku: revision.sku,
    component,
  }));
}

function findFailures(revisions: readonly Revision[]): Failure[] {
  const failures: Failure[] = [];
  const refuse = (code: string, message: string) => {
    failures.push(failure('bug', `accounting.${code}`, message));
  };
  if (revisions.length === 0) refuse('no-revision', 'a journal needs at least one revision');
  const [first] = revisions;
  let lines = 0;
  for (const [at, revision] of revisions.entries()) {
    const name = `revision ${revision.revision} of line ${revision.line}`;
    const sum = revision.entries.reduce((total, entry) => total + entry.amountMinor, 0n);
    lines += revision.entries.length;
    if (revision.entries.length === 0) refuse('no-entry', `${name} has no entry`);
    if (sum !== 0n) refuse('unbalanced', `${name} is out of balance by ${sum} minor units`);
    if (revision.entries.some((entry) => entry.amountMinor === 0n)) {
      refuse('zero-entry', `${name} has an entry of zero`);
    }
    if (revision.date !== first?.date || revision.kind !== first.kind) {
      refuse('mixed', `${name} has another date or kind than the journal's first`);
    }
    const before = revisions[at - 1];
    if (before?.line === revision.line && before.revision === revision.revision) {
      refuse('member-twice', `${name} is in the journal twice`);
    }
  }
  if (lines > MAX_JOURNAL_LINES) {
    refuse(
      'too-many-lines',
      `${lines} lines are more than ${MAX_JOURNAL_LINES}; split by whole revisions`,
    );
  }
  return failures;
}

function byMember(a: Revision, b: Revision): number {
  if (a.line !== b.line) return a.line < b.line ? -1 : 1;
  return a.revision - b.revision;
}
