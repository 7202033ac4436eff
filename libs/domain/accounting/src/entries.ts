import { type CodeBlock, codeBlockKey } from './code-block.js';

/** A signed amount of one component on one code block; debit positive, credit negative. */
export interface Entry {
  /** `product`, `shipping`, `discount`, `tax`, `clearing`, … */
  readonly component: string;
  readonly block: CodeBlock;
  readonly amountMinor: bigint;
}

/** B1: positions are kept per component and code block, never per date. */
export function entryKey(entry: Entry): string {
  return `${entry.component}/${codeBlockKey(entry.block)}`;
}

/** One entry per component and code block, none of them zero, in the order of their keys. */
export function sumEntries(entries: readonly Entry[]): Entry[] {
  const sums = new Map<string, Entry>();
  for (const entry of entries) {
    const key = entryKey(entry);
    const before = sums.get(key);
    sums.set(
      key,
      before ? { ...before, amountMinor: before.amountMinor + entry.amountMinor } : entry,
    );
  }
  return [...sums]
    .filter(([, entry]) => entry.amountMinor !== 0n)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, entry]) => entry);
}

/** B2: what must be added to `position` to make it `desired`; empty when they agree. */
export function difference(desired: readonly Entry[], position: readonly Entry[]): Entry[] {
  const taken = position.map((entry) => ({ ...entry, amountMinor: -entry.amountMinor }));
  return sumEntries([...desired, ...taken]);
}

export function sameEntries(a: readonly Entry[], b: readonly Entry[]): boolean {
  return difference(a, b).length === 0;
}

export function isBalanced(entries: readonly { readonly amountMinor: bigint }[]): boolean {
  return entries.reduce((sum, entry) => sum + entry.amountMinor, 0n) === 0n;
}
