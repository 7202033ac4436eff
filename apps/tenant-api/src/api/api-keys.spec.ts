import { describe, expect, it } from '@jest/globals';
import { readApiKey, sameHash } from './api-keys.js';

describe('API keys', () => {
  const secret = 'a1'.repeat(20);

  it('keep the hash of the secret part only', () => {
    const key = readApiKey(`wmc_live_admin_${secret}`);
    expect(key?.keyId).toBe('admin');
    expect(key?.secretHash).toMatch(/^[0-9a-f]{64}$/);
    expect(key?.secretHash).toBe(readApiKey(`wmc_live_other_${secret}`)?.secretHash);
  });

  it.each(['', 'wmc_live_admin_short', `wmc_test_admin_${secret}`, `wmc_live__${secret}`])(
    'are not %j',
    (text) => {
      expect(readApiKey(text)).toBeNull();
    },
  );

  it('compare by hash', () => {
    expect(sameHash('ab'.repeat(32), 'ab'.repeat(32))).toBe(true);
    expect(sameHash('ab'.repeat(32), 'ac'.repeat(32))).toBe(false);
  });
});
