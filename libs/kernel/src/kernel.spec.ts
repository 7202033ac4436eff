import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  addDays,
  base32,
  canonicalJson,
  civilDateIn,
  isCivilDate,
  isZone,
  keyOf,
  sha256Hex,
  uuidOf,
} from './index.js';

describe('canonical JSON', () => {
  it('does not depend on the order of keys', () => {
    expect(canonicalJson({ b: 1, a: [{ d: 2n, c: undefined }] })).toBe('{"a":[{"d":"2"}],"b":1}');
  });

  it('reads back as the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('refuses what JSON cannot hold', () => {
    expect(() => canonicalJson(Number.NaN)).toThrow(RangeError);
  });
});

describe('hashes and ids', () => {
  it('follows the published vectors', () => {
    expect(sha256Hex('abc')).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
    expect(base32('666f6f626172')).toBe('MZXW6YTBOI');
  });

  it('never gives two part lists one key', () => {
    const parts = fc.array(fc.string(), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        const same = JSON.stringify(a) === JSON.stringify(b);
        expect(keyOf(...a) === keyOf(...b)).toBe(same);
        expect(uuidOf(...a) === uuidOf(...b)).toBe(same);
      }),
    );
  });
});

describe('civil dates', () => {
  it('follows the zone, also over a change of clocks and a year end', () => {
    const at = Date.parse('2026-11-01T06:30:00Z');
    expect(civilDateIn('America/Los_Angeles', at)).toBe('2026-10-31');
    expect(civilDateIn('America/New_York', at)).toBe('2026-11-01');
    expect(civilDateIn('Pacific/Auckland', Date.parse('2025-12-31T12:00:00Z'))).toBe('2026-01-01');
  });

  it('counts days and refuses what is not one', () => {
    expect(addDays('2024-02-28', 1)).toBe('2024-02-29');
    expect(isCivilDate('2026-02-30')).toBe(false);
    expect(isZone('Mars/Olympus')).toBe(false);
  });
});
