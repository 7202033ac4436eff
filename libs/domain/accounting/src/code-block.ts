import { keyOf } from '@mlc/kernel';

/** Where an amount is booked: the parts of CloudSuite's finance code block that rules may name. */
export interface CodeBlock {
  readonly account: string;
  readonly accountingUnit: string;
  /** Finance dimension number (`1` to `10`) to value. */
  readonly dimensions: Readonly<Record<string, string>>;
}

/** One text per code block, whatever the order of its dimensions. */
export function codeBlockKey(block: CodeBlock): string {
  const dimensions = Object.entries(block.dimensions)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flat();
  return keyOf(block.account, block.accountingUnit, ...dimensions);
}
