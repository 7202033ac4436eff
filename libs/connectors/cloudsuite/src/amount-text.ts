/** Only currencies whose minor units are known are posted (ledger rule C1). */
export function decimalsOf(currency: string): number {
  if (currency === 'USD') return 2;
  throw new RangeError(`no minor units known for currency ${currency}`);
}

/** `-1234` with 2 decimals is `-12.34`: decimal point, no thousands separator, the currency's decimals. */
export function amountText(minor: bigint, decimals: number): string {
  const negative = minor < 0n;
  const digits = (negative ? -minor : minor).toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = decimals === 0 ? '' : `.${digits.slice(-decimals)}`;
  return `${negative ? '-' : ''}${whole}${fraction}`;
}

/**
 * Minor units of a decimal text; FSM echoes more decimals than it was sent (`457.66` as `457.660`), which
 * is exact only while the surplus digits are zeros. `null` when it is not an exact amount.
 */
export function minorOf(text: string, decimals: number): bigint | null {
  const match = /^(-?)(\d{1,30})(?:\.(\d{1,12}))?$/.exec(text.trim());
  if (!match) return null;
  const [, sign = '', whole = '0', fraction = ''] = match;
  if (/[^0]/.test(fraction.slice(decimals))) return null;
  const minor = BigInt(whole + fraction.slice(0, decimals).padEnd(decimals, '0'));
  return sign === '-' ? -minor : minor;
}

/** `2026-01-31` as FSM wants it, `20260131`. */
export function dateText(date: string): string {
  return date.replaceAll('-', '');
}
