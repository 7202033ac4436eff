import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { keyFileProvider, newDataKey, open, seal } from './sealing.js';

const key = randomBytes(32);
const here = { seller: 's1', field: 'walmart', version: 1 };

describe('sealing', () => {
  it('opens what it sealed, and seals the same text differently each time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const plain = Buffer.from(text, 'utf8');
        const once = seal(key, here, plain);
        expect(open(key, here, once).equals(plain)).toBe(true);
        expect(seal(key, here, plain)).not.toBe(once);
      }),
    );
  });

  it('opens for no other seller, field, version or key', () => {
    const sealed = seal(key, here, Buffer.from('secret'));
    for (const other of [
      { ...here, seller: 's2' },
      { ...here, field: 'cloudsuite' },
      { ...here, version: 2 },
    ]) {
      expect(() => open(key, other, sealed)).toThrow();
    }
    expect(() => open(randomBytes(32), here, sealed)).toThrow();
  });

  it('refuses a flipped bit anywhere and every shortened text', () => {
    const sealed = Buffer.from(seal(key, here, Buffer.from('secret')), 'base64');
    for (let at = 0; at < sealed.length; at += 1) {
      const altered = Buffer.from(sealed);
      altered.writeUInt8(altered.readUInt8(at) ^ 1, at);
      expect(() => open(key, here, altered.toString('base64'))).toThrow();
      expect(() => open(key, here, sealed.subarray(0, at).toString('base64'))).toThrow();
    }
  });

  it('wraps a data key for one seller only', async () => {
    const provider = keyFileProvider(key.toString('base64'));
    const dataKey = newDataKey();
    const wrapped = await provider.wrap('s1', dataKey);
    expect((await provider.unwrap('s1', wrapped)).equals(dataKey)).toBe(true);
    expect(() => provider.unwrap('s2', wrapped)).toThrow();
    expect(() => keyFileProvider('c2hvcnQ=')).toThrow(RangeError);
  });
});
