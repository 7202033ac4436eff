/** Exact decimal arithmetic of the oracle: an amount is a bigint of millionths. */

const DECIMALS = 6;
const UNIT = 10n ** BigInt(DECIMALS);
const MAX_EXPONENT = 30;
const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;

/** Reads a decimal text exactly into millionths; throws on anything that would have to be rounded. */
export function parseAmount(text: string): bigint {
  const match = DECIMAL.exec(text.trim());
  const whole = match?.[2] ?? '';
  const fraction = match?.[3] ?? '';
  if (!match || whole.length + fraction.length === 0) {
    throw new RangeError(`"${text}" is not a decimal number`);
  }
  const exponent = Number.parseInt(match[4] ?? '0', 10);
  if (Math.abs(exponent) > MAX_EXPONENT) {
    throw new RangeError(`"${text}" has an exponent beyond ${MAX_EXPONENT}`);
  }
  const shift = DECIMALS - fraction.length + exponent;
  let value = BigInt(whole + fraction);
  if (shift >= 0) {
    value *= 10n ** BigInt(shift);
  } else {
    const divisor = 10n ** BigInt(-shift);
    if (value % divisor !== 0n) {
      throw new RangeError(`"${text}" has more than ${DECIMALS} decimals`);
    }
    value /= divisor;
  }
  return match[1] === '-' ? -value : value;
}

/** Millionths as a decimal string with at least two decimals and no needless zeros after them. */
export function formatAmount(amount: bigint): string {
  const positive = magnitude(amount);
  const fraction = (positive % UNIT).toString().padStart(DECIMALS, '0');
  const kept = fraction.slice(0, 2) + fraction.slice(2).replace(/0+$/, '');
  return `${amount < 0n ? '-' : ''}${positive / UNIT}.${kept}`;
}

/** The value without its sign. */
export function magnitude(amount: bigint): bigint {
  return amount < 0n ? -amount : amount;
}

type SourceReviver = (key: string, value: unknown, context: { source?: string }) => unknown;

/** Parses JSON with every number kept as the text it was written as. */
export function parseJsonKeepingNumbers(text: string): unknown {
  const keep: SourceReviver = (_key, value, context) => {
    if (typeof value !== 'number') return value;
    if (context.source === undefined) {
      throw new Error('This Node does not show JSON number texts; Node 24 does');
    }
    return context.source;
  };
  return JSON.parse(text, keep as (key: string, value: unknown) => unknown);
}
