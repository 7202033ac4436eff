import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatAmount, magnitude, parseAmount, parseJsonKeepingNumbers } from './exact.js';

describe('exact amounts', () => {
  it.each([
    ['0', 0n],
    ['-0.00', 0n],
    ['19.99', 19_990_000n],
    ['-0.05', -50_000n],
    ['850.000', 850_000_000n],
    ['1e2', 100_000_000n],
    ['1.5E-3', 1_500n],
    ['.5', 500_000n],
    ['90071992547409931.01', 90_071_992_547_409_931_010_000n],
    ['0.000001', 1n],
    ['0.0000010', 1n],
  ])('reads %s', (text, millionths) => {
    expect(parseAmount(text)).toBe(millionths);
  });

  it.each(['', '-', '.', '1,000.00', '0.0000001', '12.3.4', 'NaN', '0x10', '1e99', '5-'])(
    'refuses %j',
    (text) => {
      expect(() => parseAmount(text)).toThrow(RangeError);
    },
  );

  it('gives back what it read', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }), (amount) => {
        expect(parseAmount(formatAmount(amount))).toBe(amount);
        expect(magnitude(amount) >= 0n).toBe(true);
      }),
    );
  });

  it('adds cents as integers do', () => {
    const cents = fc.integer({ min: -1_000_000_000, max: 1_000_000_000 });
    const text = (n: number): string => {
      const digits = String(Math.abs(n)).padStart(3, '0');
      return `${n < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
    };
    fc.assert(
      fc.property(cents, cents, (a, b) => {
        expect(formatAmount(parseAmount(text(a)) + parseAmount(text(b)))).toBe(text(a + b));
      }),
    );
  });

  it('keeps the text of JSON numbers, in strings nothing', () => {
    expect(
      parseJsonKeepingNumbers(
        '{"a":19.990,"b":[1e2,-0.10],"c":"7","d":90071992547409931.01,"e":null}',
      ),
    ).toEqual({ a: '19.990', b: ['1e2', '-0.10'], c: '7', d: '90071992547409931.01', e: null });
  });
});
