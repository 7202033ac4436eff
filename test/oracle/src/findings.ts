import { formatAmount } from './exact.js';

export type Finding = {
  readonly code: string;
  readonly seller: string | null;
  readonly purchaseOrderId?: string;
  readonly lineNumber?: string;
  readonly expected?: string;
  readonly actual?: string;
  readonly message: string;
};

export type Findings = {
  /** Counts every finding; keeps the text of the first ones of each code. */
  add(finding: Finding): void;
  readonly kept: readonly Finding[];
  readonly counts: ReadonlyMap<string, number>;
};

const KEPT_PER_CODE = 1_000;

export function newFindings(): Findings {
  const kept: Finding[] = [];
  const counts = new Map<string, number>();
  return {
    kept,
    counts,
    add(finding) {
      const count = (counts.get(finding.code) ?? 0) + 1;
      counts.set(finding.code, count);
      if (count <= KEPT_PER_CODE) kept.push(finding);
    },
  };
}

/** An amount as a bookkeeper says it: `12.30 debit`. */
export function sided(amount: bigint): string {
  if (amount === 0n) return '0.00';
  return amount > 0n ? `${formatAmount(amount)} debit` : `${formatAmount(-amount)} credit`;
}
