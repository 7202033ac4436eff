import { parseArgs } from 'node:util';

export interface DemoOptions {
  readonly sellers: number;
  readonly lines: number;
  readonly seed: string;
  readonly keep: boolean;
}

/** Throws one readable sentence for what it cannot follow. */
export function readOptions(args: readonly string[]): DemoOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      sellers: { type: 'string', default: '2' },
      lines: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      keep: { type: 'boolean', default: false },
    },
  });
  return {
    sellers: whole('--sellers', values.sellers, 100),
    lines: whole('--lines', values.lines, 1_000_000),
    seed: values.seed,
    keep: values.keep,
  };
}

function whole(name: string, text: string, max: number): number {
  const value = /^\d{1,7}$/.test(text) ? Number.parseInt(text, 10) : 0;
  if (value < 1 || value > max)
    throw new RangeError(`${name} is "${text}": give a whole number from 1 to ${max}`);
  return value;
}
