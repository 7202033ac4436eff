import { describe, expect, it } from '@jest/globals';
import { type Clock, ok, sha256Hex } from '@mlc/kernel';
import { SignJWT } from 'jose';
import {
  type LentToken,
  serviceSecret,
  signServiceToken,
  TokenLender,
  verifyServiceToken,
} from './index.js';

const secret = serviceSecret('a secret of more than thirty-two bytes, for specs');

function clockAt(start: number): Clock & { at: number } {
  const clock = { at: start, now: () => clock.at, monotonicMs: () => clock.at };
  return clock;
}

describe('service tokens', () => {
  it('tell which service calls, for a minute', async () => {
    const clock = clockAt(1_800_000_000_000);
    const token = await signServiceToken(secret, 'ingestion', clock);
    expect(await verifyServiceToken(secret, token, clock)).toEqual(ok({ service: 'ingestion' }));
    clock.at += 61_000;
    expect((await verifyServiceToken(secret, token, clock)).ok).toBe(false);
  });

  it('are refused when signed with another secret, for another audience, or not at all', async () => {
    const clock = clockAt(1_800_000_000_000);
    const other = serviceSecret('another secret of more than thirty-two bytes');
    const forAnother = await new SignJWT({})
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setSubject('ingestion')
      .setAudience('somebody-else')
      .setIssuer('ml-connector')
      .setIssuedAt(1_800_000_000)
      .setExpirationTime(1_800_000_060)
      .sign(secret);
    const unsigned = `${btoa('{"alg":"none","typ":"JWT"}')}.${btoa('{"sub":"ingestion"}')}.`;
    for (const token of [
      await signServiceToken(other, 'ingestion', clock),
      forAnother,
      unsigned,
      '',
    ]) {
      expect((await verifyServiceToken(secret, token, clock)).ok).toBe(false);
    }
  });

  it('need a secret of 32 bytes', () => {
    expect(() => serviceSecret('short')).toThrow(RangeError);
  });
});

describe('token lending', () => {
  function vaultOf(clock: Clock, lifeMs: number) {
    const asked: (string | null)[] = [];
    return {
      asked,
      borrow: (_seller: string, _system: string, refused: string | null) => {
        asked.push(refused);
        const token: LentToken = {
          accessToken: `token-${asked.length}`,
          expiresAt: clock.now() + lifeMs,
          endpoint: 'https://vendor.example',
          attributes: {},
        };
        return Promise.resolve(ok(token));
      },
    };
  }

  it('asks once for many callers and keeps the token until shortly before its end', async () => {
    const clock = clockAt(0);
    const vault = vaultOf(clock, 900_000);
    const lender = new TokenLender(vault, clock);
    await Promise.all(Array.from({ length: 20 }, () => lender.lend('s1', 'walmart')));
    expect(vault.asked).toEqual([null]);
    clock.at = 869_000;
    await lender.lend('s1', 'walmart');
    expect(vault.asked).toHaveLength(1);
    clock.at = 870_001;
    await lender.lend('s1', 'walmart');
    expect(vault.asked).toHaveLength(2);
  });

  it('asks for another token when the vendor refused this one, naming it by its hash only', async () => {
    const clock = clockAt(0);
    const vault = vaultOf(clock, 900_000);
    const lender = new TokenLender(vault, clock);
    const first = await lender.lend('s1', 'walmart');
    const refusedToken = first.ok ? first.value.accessToken : '';
    await lender.lend('s1', 'walmart', { refusedToken });
    expect(vault.asked).toEqual([null, sha256Hex('token-1')]);
    // A caller that was refused with the old token gets the new one without another question.
    await lender.lend('s1', 'walmart', { refusedToken });
    expect(vault.asked).toHaveLength(2);
  });
});
