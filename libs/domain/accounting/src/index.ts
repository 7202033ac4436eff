export { type CodeBlock, codeBlockKey } from './code-block.js';
export {
  difference,
  type Entry,
  entryKey,
  isBalanced,
  sameEntries,
  sumEntries,
} from './entries.js';
export {
  buildJournal,
  type Journal,
  type JournalHead,
  type JournalKind,
  type JournalLine,
  MAX_JOURNAL_LINES,
  packJournals,
  type Revision,
} from './journal.js';
export { absolute, currencyExponent, decimalFromMinor, minorFromDecimal } from './money.js';
