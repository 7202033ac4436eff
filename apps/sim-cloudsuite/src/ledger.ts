import { decimalText, scaledOf } from './decimal.js';
import type { Fields } from './staging-record.js';

const AMOUNT_PLACES = 3;

/** What stays in memory of posted rows; the rows themselves are in the truth log. */
export interface Ledger {
  post(rows: readonly Fields[]): void;
  readonly rowCount: number;
  readonly journalCount: number;
  /** Signed sums, credit negative, by account. */
  sums(): Record<string, string>;
}

export function createLedger(): Ledger {
  const byAccount = new Map<string, bigint>();
  let rowCount = 0;
  let journalCount = 0;
  return {
    post(rows) {
      journalCount += 1;
      rowCount += rows.length;
      for (const fields of rows) {
        const account = fields['AccountCode'] ?? '';
        byAccount.set(account, (byAccount.get(account) ?? 0n) + amountOf(fields));
      }
    },
    get rowCount() {
      return rowCount;
    },
    get journalCount() {
      return journalCount;
    },
    sums: () =>
      Object.fromEntries(
        [...byAccount].sort().map(([account, sum]) => [account, decimalText(sum, AMOUNT_PLACES)]),
      ),
  };
}

/** A line's signed amount in thousandths; a line without one is zero. */
export function amountOf(fields: Fields): bigint {
  return scaledOf(fields['TransactionAmount'] ?? '0', AMOUNT_PLACES) ?? 0n;
}
