const DECIMAL = /^([+-]?)(\d{1,18})(?:\.(\d+))?$/;

/**
 * A decimal text as an integer of its last kept place (`scale` 3: thousandths), or `undefined` when it
 * is not a plain decimal or has more places than that.
 */
export function scaledOf(text: string, scale: number): bigint | undefined {
  const parts = DECIMAL.exec(text);
  if (!parts) return undefined;
  const [, sign, whole = '', places = ''] = parts;
  if (places.length > scale) return undefined;
  const value = BigInt(whole + places.padEnd(scale, '0'));
  return sign === '-' ? -value : value;
}

/** `-850000n` at scale 3 is `-850.000`. */
export function decimalText(scaled: bigint, scale: number): string {
  const digits = (scaled < 0n ? -scaled : scaled).toString().padStart(scale + 1, '0');
  const text = `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return scaled < 0n ? `-${text}` : text;
}
