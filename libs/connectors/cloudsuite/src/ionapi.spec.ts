import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MAX_IONAPI_BYTES, parseIonapi } from './ionapi.js';

const file = {
  ti: 'ACME_TST',
  cn: 'ledger-link',
  dt: '12',
  ci: 'ACME_TST~client-of-a-spec',
  cs: 'made-up-secret',
  iu: 'https://mingle-ionapi.eu1.inforcloudsuite.com',
  pu: 'https://mingle-sso.eu1.inforcloudsuite.com:443/ACME_TST/as/',
  oa: 'authorization.oauth2',
  ot: 'token.oauth2',
  or: 'revoke_token.oauth2',
  ev: 'A1234567890',
  v: '1.1',
  saak: 'ACME_TST#made-up-key',
  sask: 'made-up-word',
};

const nobody = { allowedHosts: [] };

function refusedField(change: Record<string, unknown>, allowedHosts: string[] = []): unknown {
  const result = parseIonapi({ ...file, ...change }, { allowedHosts });
  return result.ok ? 'accepted' : result.error.detail?.['field'];
}

describe('.ionapi file', () => {
  it('builds the addresses as CloudSuite joins them', () => {
    const result = parseIonapi(JSON.stringify(file), nobody);
    expect(result).toMatchObject({
      ok: true,
      value: {
        tenant: 'ACME_TST',
        apiBase: 'https://mingle-ionapi.eu1.inforcloudsuite.com/ACME_TST',
        tokenUrl: 'https://mingle-sso.eu1.inforcloudsuite.com/ACME_TST/as/token.oauth2',
        scopes: [],
      },
    });
  });

  it.each([
    [
      'a token path that changes the host',
      { pu: file.pu.slice(0, -1), ot: '.evil.example/t' },
      'pu',
    ],
    [
      'a user part that hides the host',
      { pu: 'https://x.inforcloudsuite.com@evil.example/' },
      'pu',
    ],
    ['a token path that climbs out of pu', { ot: '../../other/token' }, 'ot'],
    ['a token path with a query', { ot: 'token.oauth2?x=1' }, 'ot'],
    ['a revoke path that climbs', { or: '../x' }, 'or'],
    ['plain http', { iu: 'http://mingle-ionapi.inforcloudsuite.com' }, 'iu'],
    ['a path in iu', { iu: 'https://mingle-ionapi.inforcloudsuite.com/token' }, 'iu'],
    ['a suffix without its dot', { iu: 'https://evilinforcloudsuite.com' }, 'iu'],
    [
      'another port of an Infor host',
      { iu: 'https://mingle-ionapi.inforcloudsuite.com:8080' },
      'iu',
    ],
    ['loopback nobody allowed', { iu: 'https://127.0.0.1:9443' }, 'iu'],
    ['loopback in disguise', { iu: 'https://0x7f.1:9443' }, 'iu'],
    ['a token path already in pu', { pu: `${file.pu}token.oauth2/` }, 'pu'],
    ["another tenant's client", { ci: 'OTHER_TST~client' }, 'ci'],
    ['a tenant that is a path', { ti: '../x', ci: '../x~c' }, 'ti'],
    ['an unknown key', { extra: 1 }, 'extra'],
    ['a missing secret', { cs: undefined }, 'cs'],
    ['a number for a text', { sask: 7 }, 'sask'],
  ])('refuses %s and names the field', (_, change, field) => {
    expect(refusedField(change)).toBe(field);
  });

  it('takes hosts the operator named, with their port only', () => {
    const there = { iu: 'https://127.0.0.1:9443', pu: 'https://127.0.0.1:9444/ACME_TST/as/' };
    expect(refusedField(there, ['127.0.0.1:9443', '127.0.0.1:9444'])).toBe('accepted');
    expect(refusedField(there, ['127.0.0.1:9443'])).toBe('pu');
  });

  it('refuses what is too large or not JSON', () => {
    expect(parseIonapi(' '.repeat(MAX_IONAPI_BYTES + 1), nobody).ok).toBe(false);
    expect(parseIonapi('{', nobody).ok).toBe(false);
  });

  it('never throws, and never repeats a value in its message', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(file)),
        fc.oneof(fc.string({ minLength: 12 }), fc.jsonValue()),
        (field, value) => {
          const result = parseIonapi({ ...file, [field]: value }, nobody);
          if (!result.ok && typeof value === 'string' && value.length >= 12) {
            expect(result.error.message.includes(value)).toBe(false);
          }
          expect(JSON.stringify(result.ok ? '' : result.error)).not.toContain('made-up');
        },
      ),
    );
  });
});
