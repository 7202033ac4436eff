import Table from 'cli-table3';
import { formatAmount, parseAmount } from './exact.js';
import type { SellerVerdict, TrialRow, Verdict } from './verdict.js';

const SHOWN_PER_CODE = 20;
const PLAIN = { head: [], border: [], compact: true };

/** The verdict as a bookkeeper reads it: two tables a seller, the findings, RIGHT or WRONG. */
export function reportText(verdict: Verdict): string {
  const parts = verdict.sellers.flatMap((seller) => [
    sellerTitle(seller),
    classTable(seller),
    trialTable(seller),
    '',
  ]);
  parts.push(...findingLines(verdict));
  parts.push(verdict.right ? 'RIGHT' : `WRONG: ${verdict.findingCount} findings`);
  return `${parts.join('\n')}\n`;
}

function sellerTitle(seller: SellerVerdict): string {
  return (
    `Seller ${seller.market}/${seller.walmartSellerId}: ${seller.lines} order lines, ledger ` +
    `${seller.tenant} / enterprise group ${seller.enterpriseGroup} / entity ${seller.accountingEntity}, ` +
    `${seller.currency}, dates in ${seller.accountingZone}`
  );
}

function classTable(seller: SellerVerdict): string {
  const table = new Table({
    head: ['Class', 'Reason', 'Lines', 'Charges', 'Tax', 'Together'],
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right'],
    style: PLAIN,
  });
  for (const row of seller.classes) {
    table.push([row.lineClass, row.reason, String(row.lines), row.charges, row.taxes, row.amount]);
  }
  const sum = (amounts: readonly string[]): string =>
    formatAmount(amounts.reduce((total, amount) => total + parseAmount(amount), 0n));
  table.push([
    'all',
    'as Walmart holds them',
    String(seller.lines),
    sum(seller.classes.map((row) => row.charges)),
    sum(seller.classes.map((row) => row.taxes)),
    seller.amounts.total,
  ]);
  return table.toString();
}

function trialTable(seller: SellerVerdict): string {
  const table = new Table({
    head: ['Account', 'Unit', 'Dimensions', 'Expected (Dr +, Cr -)', 'Ledger', 'Difference'],
    colAligns: ['left', 'left', 'left', 'right', 'right', 'right'],
    style: PLAIN,
  });
  const accounts = new Map<string, { row: TrialRow; expected: bigint; ledger: bigint }>();
  const total = { expected: 0n, ledger: 0n };
  for (const row of seller.trialBalance) {
    const key = [row.account, row.accountingUnit, row.dimensions].join('\n');
    const sums = accounts.get(key) ?? { row, expected: 0n, ledger: 0n };
    accounts.set(key, sums);
    sums.expected += parseAmount(row.expected);
    sums.ledger += parseAmount(row.ledger);
    total.expected += parseAmount(row.expected);
    total.ledger += parseAmount(row.ledger);
  }
  for (const { row, expected, ledger } of accounts.values()) {
    table.push([
      row.account,
      row.accountingUnit,
      row.dimensions,
      formatAmount(expected),
      formatAmount(ledger),
      formatAmount(ledger - expected),
    ]);
  }
  table.push([
    'balance',
    '',
    '',
    formatAmount(total.expected),
    formatAmount(total.ledger),
    formatAmount(total.ledger - total.expected),
  ]);
  return table.toString();
}

function findingLines(verdict: Verdict): string[] {
  return Object.entries(verdict.counts).flatMap(([code, count]) => {
    const shown = verdict.findings
      .filter((finding) => finding.code === code)
      .slice(0, SHOWN_PER_CODE);
    const lines = shown.map((finding) => {
      return `  ${finding.seller ? `[${finding.seller}] ` : ''}${finding.message}`;
    });
    if (count > shown.length) lines.push(`  … and ${count - shown.length} more`);
    return [`${code}: ${count}`, ...lines, ''];
  });
}
