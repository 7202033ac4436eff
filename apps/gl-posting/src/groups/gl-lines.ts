import { FIELD_LENGTHS, type LedgerLine, overlongField, type TraceField } from '@mlc/cloudsuite';
import type { JournalPayload } from '@mlc/events';
import { base32, sha256Hex } from '@mlc/kernel';

const KIND_WORDS = { sale: 'SALE', cancel: 'CANCEL', correction: 'CORRECT' } as const;

export interface LinePlacing {
  readonly postingDate: string;
  /** Sequence number of the journal's first line in the run group. */
  readonly firstRow: number;
  readonly traceField: TraceField;
}

/** Ledger rule F8: a journal's lines as GL lines. */
export function ledgerLines(journal: JournalPayload, placing: LinePlacing): LedgerLine[] {
  return journal.lines.map((line, at) => ({
    sequence: placing.firstRow + at,
    account: line.account,
    accountingUnit: line.accountingUnit,
    dimensions: line.dimensions,
    amountMinor: BigInt(line.amountMinor),
    currency: journal.currency,
    transactionDate: journal.transactionDate,
    postingDate: placing.postingDate,
    reference: journal.purchaseOrderId,
    description: cut(`${KIND_WORDS[journal.kind]} ${journal.transactionDate} ${line.sku}`),
    documentNumber: journal.documentNumber,
    trace: { field: placing.traceField, text: traceText(journal.journalId, at + 1) },
  }));
}

/**
 * 100 bits of the journal id and the line's place in it, `ABCDEFGHIJKLMNOPQRST-12`: 24 characters at
 * most, because the length of the trace fields is not published.
 */
export function traceText(journalId: string, lineInJournal: number): string {
  return `${base32(journalId).slice(0, 20)}-${lineInJournal}`;
}

/** Descriptions are cut at the field's end, never inside a character. */
function cut(text: string): string {
  if (text.length <= FIELD_LENGTHS.Description) return text;
  return text.slice(0, FIELD_LENGTHS.Description).replace(/[\uD800-\uDBFF]$/, '');
}

/** Why a journal cannot be posted as it is, or null. */
export function journalTrouble(
  journal: JournalPayload,
): { code: string; message: string; advice: string } | null {
  const sum = journal.lines.reduce((total, line) => total + BigInt(line.amountMinor), 0n);
  if (sum !== 0n) {
    return {
      code: 'journal-unbalanced',
      message: `the journal's lines sum to ${sum} minor units instead of 0`,
      advice: 'report it: mapping must emit balanced journals',
    };
  }
  const lines = ledgerLines(journal, {
    postingDate: journal.wantedDate,
    firstRow: 1,
    traceField: 'UniqueID',
  });
  for (const line of lines) {
    const overlong = overlongField(line);
    if (overlong) {
      return {
        code: 'field-overlong',
        message: `${overlong.field} holds at most ${overlong.limit} characters and is not cut`,
        advice: `change the rule or the code that fills ${overlong.field}; the journal keeps its place`,
      };
    }
  }
  return null;
}

export interface RunGroupName {
  readonly installation: string;
  readonly tenant: string;
  readonly members: readonly string[];
  readonly attempt: number;
}

/** F1: 130 bits over installation, members and attempt, `WM…`, 28 of the 30 characters FSM keeps. */
export function runGroupName(of: RunGroupName): string {
  const members = [...of.members].sort().join(',');
  const text = `${of.installation}|${of.tenant}|${of.attempt}|${members}`;
  return `WM${base32(sha256Hex(text)).slice(0, 26)}`;
}
