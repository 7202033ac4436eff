import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { currencyExponent, decimalFromMinor, minorFromDecimal } from './index.js';

const minorOf = (text: string, currency = 'USD') => {
  const read = minorFromDecimal(text, currency);
  return read.ok ? read.value : read.error.code;
};

describe('money (C1)', () => {
  it.each([
    ['12.30', 1230n],
    ['12.3', 1230n],
    ['12', 1200n],
    ['-0.05', -5n],
    ['0', 0n],
    ['-0.00', 0n],
    ['007.10', 710n],
    ['19.990', 1999n],
    ['19.99000', 1999n],
    ['99999999999999.99', 9999999999999999n],
  ])('reads %s exactly', (text, minor) => {
    expect(minorOf(text)).toBe(minor);
  });

  it('refuses what is finer than the unit instead of rounding', () => {
    expect(minorOf('12.345')).toBe('accounting.finer-than-unit');
    expect(minorOf('12.5', 'CLP')).toBe('accounting.finer-than-unit');
    expect(minorOf('12.0', 'CLP')).toBe(12n);
  });

  it('refuses what is no decimal, and currencies without a known unit', () => {
    for (const text of ['', '1e3', '.5', '5.', '1,000.00', 'NaN', '+1', '1'.repeat(31)]) {
      expect(minorOf(text)).toBe('accounting.not-a-decimal');
    }
    expect(minorOf('1.00', 'XXX')).toBe('accounting.currency-unknown');
    expect(() => decimalFromMinor(1n, 'XXX')).toThrow(RangeError);
    expect(currencyExponent('XXX')).toBeNull();
  });

  it('writes what it reads', () => {
    const cases = fc.tuple(
      fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }),
      fc.constantFrom('USD', 'CLP'),
    );
    fc.assert(
      fc.property(cases, ([minor, currency]) => {
        expect(minorOf(decimalFromMinor(minor, currency), currency)).toBe(minor);
      }),
    );
  });
});
