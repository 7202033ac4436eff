import { err, failure, ok, type Result } from '@mlc/kernel';

/** Decimals of a currency's smallest unit (ISO 4217), for the markets that are known. */
const EXPONENTS: ReadonlyMap<string, number> = new Map([
  ['USD', 2],
  ['CAD', 2],
  ['MXN', 2],
  ['CLP', 0],
]);

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;
const MAX_DIGITS = 30;

export function currencyExponent(currency: string): number | null {
  return EXPONENTS.get(currency) ?? null;
}

/**
 * Minor units of a decimal text, `-12.30` USD is −1230n. Zeros beyond the currency's unit are read,
 * any other digit there is refused: nothing is ever rounded.
 */
export function minorFromDecimal(text: string, currency: string): Result<bigint> {
  const exponent = EXPONENTS.get(currency);
  if (exponent === undefined) {
    return err(
      failure(
        'invalid',
        'accounting.currency-unknown',
        `currency ${currency.slice(0, 8)} has no known smallest unit; add it before amounts in it are read`,
      ),
    );
  }
  const parts = DECIMAL.exec(text);
  if (!parts || text.length > MAX_DIGITS) return err(unreadable(text));
  const [, sign = '', whole = '0', fraction = ''] = parts;
  if (/[1-9]/.test(fraction.slice(exponent))) {
    return err(
      failure(
        'invalid',
        'accounting.finer-than-unit',
        `amount ${text} has more than ${exponent} decimals, which ${currency} does not know; ask for the exact amount`,
      ),
    );
  }
  const minor = BigInt(whole + fraction.slice(0, exponent).padEnd(exponent, '0'));
  return ok(sign === '-' ? -minor : minor);
}

function unreadable(text: string) {
  return failure(
    'invalid',
    'accounting.not-a-decimal',
    `"${text.slice(0, MAX_DIGITS)}" is not a decimal amount of at most ${MAX_DIGITS} characters`,
  );
}

/** `1230n` USD is `12.30`; throws `RangeError` on a currency without a known unit. */
export function decimalFromMinor(minor: bigint, currency: string): string {
  const exponent = EXPONENTS.get(currency);
  if (exponent === undefined)
    throw new RangeError(`currency ${currency} has no known smallest unit`);
  const digits = absolute(minor)
    .toString()
    .padStart(exponent + 1, '0');
  const sign = minor < 0n ? '-' : '';
  if (exponent === 0) return sign + digits;
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

export function absolute(minor: bigint): bigint {
  return minor < 0n ? -minor : minor;
}
