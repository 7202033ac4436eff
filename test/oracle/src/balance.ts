import { sided, type Findings } from './findings.js';
import type { LedgerRow } from './ledger-row.js';

/** The rows of one interface action balance by entity, currency and posting date, and by order. */
export function balanceCheck(rows: readonly LedgerRow[], findings: Findings): void {
  const ledgers = new Map<string, { row: LedgerRow; sum: bigint }>();
  const orders = new Map<string, { row: LedgerRow; sum: bigint }>();
  for (const row of rows) {
    const ledger = `${row.accountingEntity}\n${row.currency}\n${row.postingDate}`;
    add(ledgers, ledger, row);
    add(orders, `${ledger}\n${row.purchaseOrderId}\n${row.place.date}`, row);
  }
  for (const { row, sum } of ledgers.values()) {
    if (sum === 0n) continue;
    findings.add({
      code: 'unbalanced',
      seller: null,
      expected: '0.00',
      actual: sided(sum),
      message: `Run group ${row.runGroup} of ${row.tenant} does not balance: entity ${row.accountingEntity}, ${row.currency}, posting date ${row.postingDate} is off by ${sided(sum)}`,
    });
  }
  for (const { row, sum } of orders.values()) {
    if (sum === 0n) continue;
    findings.add({
      code: 'unbalanced',
      seller: null,
      purchaseOrderId: row.purchaseOrderId,
      expected: '0.00',
      actual: sided(sum),
      message: `Order ${row.purchaseOrderId} in run group ${row.runGroup} does not balance on ${row.postingDate}: off by ${sided(sum)}`,
    });
  }
}

function add(
  sums: Map<string, { row: LedgerRow; sum: bigint }>,
  key: string,
  row: LedgerRow,
): void {
  const entry = sums.get(key);
  if (entry) entry.sum += row.amount;
  else sums.set(key, { row, sum: row.amount });
}
