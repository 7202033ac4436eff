import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  buildJournal,
  type CodeBlock,
  codeBlockKey,
  difference,
  type Entry,
  isBalanced,
  type JournalHead,
  MAX_JOURNAL_LINES,
  packJournals,
  type Revision,
  sameEntries,
  sumEntries,
} from './index.js';

const block = (account: string): CodeBlock => ({ account, accountingUnit: '1000', dimensions: {} });
const head: JournalHead = {
  ledger: { tenant: 'ACME_TST', enterpriseGroup: '1', accountingEntity: '100' },
  currency: 'USD',
  transactionDate: '2026-11-20',
  purchaseOrderId: '1001',
  documentNumber: '2001',
};
const sale = (line: string, minor = 1000n, entryCount = 2): Revision => ({
  line,
  revision: 1,
  sku: 'CAP',
  date: '2026-11-20',
  kind: 'sale',
  entries: [
    ...Array.from({ length: entryCount - 1 }, (_, at) => ({
      component: 'product',
      block: block(String(40000 + at)),
      amountMinor: -minor,
    })),
    { component: 'clearing', block: block('11500'), amountMinor: minor * BigInt(entryCount - 1) },
  ],
});
const codes = (revisions: readonly Revision[]) => {
  const built = buildJournal(head, revisions);
  return built.ok ? [] : built.error.map(({ code }) => code);
};

const anyEntry: fc.Arbitrary<Entry> = fc.record({
  component: fc.constantFrom('product', 'shipping', 'clearing'),
  block: fc.constantFrom(block('1'), block('2')),
  amountMinor: fc.bigInt({ min: -500n, max: 500n }),
});

describe('entries (B1, B2)', () => {
  it('adding the difference to a position gives what was desired', () => {
    fc.assert(
      fc.property(fc.array(anyEntry), fc.array(anyEntry), (desired, position) => {
        const gap = difference(desired, position);
        expect(sumEntries([...position, ...gap])).toEqual(sumEntries(desired));
        expect(gap.every(({ amountMinor }) => amountMinor !== 0n)).toBe(true);
        expect(difference(desired, [...position, ...gap])).toEqual([]);
      }),
    );
  });

  it('does not depend on the order of entries', () => {
    fc.assert(
      fc.property(fc.array(anyEntry), (entries) => {
        expect(sumEntries([...entries].reverse())).toEqual(sumEntries(entries));
        expect(sameEntries(entries, [...entries].reverse())).toBe(true);
      }),
    );
  });

  it('tells code blocks apart by account, unit and dimensions, not by the order of dimensions', () => {
    const east = { account: '1', accountingUnit: '', dimensions: { '1': 'EAST', '2': 'WEB' } };
    expect(codeBlockKey(east)).toBe(
      codeBlockKey({ ...east, dimensions: { '2': 'WEB', '1': 'EAST' } }),
    );
    expect(codeBlockKey(east)).not.toBe(codeBlockKey({ ...east, dimensions: { '1': 'EAST' } }));
    expect(codeBlockKey(block('a/1000'))).not.toBe(
      codeBlockKey({ ...block('a'), accountingUnit: '1000/1000' }),
    );
  });
});

describe('journals (A3)', () => {
  it('has an id of ledger and members only, and a hash of everything', () => {
    const [one] = packed([sale('US/1/1001/1')]);
    const [dearer] = packed([sale('US/1/1001/1', 1001n)]);
    expect(dearer?.journalId).toBe(one?.journalId);
    expect(dearer?.contentHash).not.toBe(one?.contentHash);
    const other = buildJournal({ ...head, ledger: { ...head.ledger, accountingEntity: '200' } }, [
      sale('US/1/1001/1'),
    ]);
    expect(other.ok && other.value.journalId).not.toBe(one?.journalId);
  });

  it('gives the same journals whatever the order of the revisions', () => {
    const revisions = ['3', '1', '2'].map((line) => sale(`US/1/1001/${line}`));
    expect(packed(revisions)).toEqual(packed([...revisions].reverse()));
  });

  it('balances, keeps every revision whole and holds at most 250 lines', () => {
    const sizes = fc.array(fc.integer({ min: 2, max: 120 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(sizes, (counts) => {
        const revisions = counts.map((count, at) => sale(`US/1/1001/${at}`, 7n, count));
        const journals = packed(revisions);
        for (const journal of journals) {
          expect(isBalanced(journal.lines)).toBe(true);
          expect(journal.lines.length).toBeLessThanOrEqual(MAX_JOURNAL_LINES);
        }
        expect(journals.flatMap(({ members }) => members).length).toBe(revisions.length);
      }),
      { numRuns: 30 },
    );
  });

  it('keeps dates and kinds in journals of their own', () => {
    const journals = packed([
      sale('US/1/1001/1'),
      { ...sale('US/1/1001/2'), date: '2026-11-21', kind: 'cancel' },
      { ...sale('US/1/1001/3'), kind: 'correction' },
    ]);
    expect(journals.map(({ wantedDate, kind }) => `${wantedDate} ${kind}`)).toEqual([
      '2026-11-20 sale',
      '2026-11-21 cancel',
      '2026-11-20 correction',
    ]);
  });

  it('names everything that is wrong', () => {
    const good = sale('US/1/1001/1');
    expect(codes([])).toEqual(['accounting.no-revision']);
    expect(codes([{ ...good, entries: [] }])).toEqual(['accounting.no-entry']);
    expect(codes([{ ...good, entries: good.entries.slice(1) }])).toEqual(['accounting.unbalanced']);
    expect(codes([good, good])).toEqual(['accounting.member-twice']);
    expect(codes([good, { ...sale('US/1/1001/2'), date: '2026-01-01' }])).toEqual([
      'accounting.mixed',
    ]);
    expect(codes([sale('US/1/1001/1', 0n)])).toEqual(['accounting.zero-entry']);
    expect(codes([sale('US/1/1001/1', 1n, 251)])).toEqual(['accounting.too-many-lines']);
  });
});

function packed(revisions: readonly Revision[]) {
  const result = packJournals(head, revisions);
  if (!result.ok) throw new Error(result.error.map(({ message }) => message).join());
  return result.value;
}
