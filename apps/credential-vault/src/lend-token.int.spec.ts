import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createHttpClient, type HttpClient } from '@mlc/http';
import { type Result, sha256Hex, systemClock } from '@mlc/kernel';
import { acquireLease, type Database } from '@mlc/postgres';
import { type FakeClock, fakeClock } from '@mlc/testing';
import { TokenDesk } from './lend-token.js';
import { keyFileProvider, type KeyProvider } from './sealing.js';
import {
  ionapiOf,
  TokenEndpoint,
  tlsFiles,
  type TlsFiles,
  tokenNumber,
  walmartCredential,
} from './spec/token-endpoint.js';
import { vaultDatabase, type VaultDatabase } from './spec/vault-database.js';
import { VaultStore } from './vault-store.js';

const SECOND_MS = 1000;
const REFRESH_AFTER_MS = 840 * SECOND_MS;
const REFRESH_BEFORE_MS = 300 * SECOND_MS;
const IDLE_MS = 1800 * SECOND_MS;

let vault: VaultDatabase;
let replica: Database;
let endpoint: TokenEndpoint;
let tls: TlsFiles;
let http: HttpClient;
let keys: KeyProvider;
let clock: FakeClock;
let store: VaultStore;
let desk: TokenDesk;
let count = 0;

beforeAll(async () => {
  vault = await vaultDatabase();
  replica = await vault.another();
  const made = await tlsFiles();
  tls = made;
  endpoint = await TokenEndpoint.start(made);
  http = createHttpClient({
    allowedHosts: [endpoint.host],
    allowedSuffixes: [],
    caFile: tls.certFile,
    clock: systemClock(),
  });
  keys = keyFileProvider(randomBytes(32).toString('base64'));
});

beforeEach(async () => {
  endpoint.reset();
  await vault.asAdmin('delete from vault.token');
  clock = fakeClock('2026-03-02T10:00:00.000Z');
  store = new VaultStore(vault.db, keys, clock);
  desk = deskOf(vault.db);
});

afterAll(async () => {
  await http.close();
  await endpoint.stop();
  await vault.drop();
  tls.remove();
});

function deskOf(db: Database): TokenDesk {
  return new TokenDesk(new VaultStore(db, keys, clock), db, http, clock, {
    walmartRefreshAfterMs: REFRESH_AFTER_MS,
    cloudsuiteRefreshBeforeMs: REFRESH_BEFORE_MS,
    allowedHosts: [endpoint.host],
  });
}

async function sealedSeller(): Promise<string> {
  count += 1;
  const seller = `seller-${count}`;
  await store.sealCredential(seller, 'walmart', walmartCredential(endpoint), {});
  await store.sealCredential(seller, 'cloudsuite', ionapiOf(endpoint), {});
  return seller;
}

function nthToken(nth: number) {
  return { ok: true, value: expect.objectContaining({ accessToken: tokenNumber(nth) }) };
}

function codeOf(result: Result<unknown>): string | null {
  return result.ok ? null : result.error.code;
}

describe('lending', () => {
  it('logs in once for twenty borrowers of two replicas', async () => {
    const seller = await sealedSeller();
    const other = deskOf(replica);
    const lent = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        (at % 2 === 0 ? desk : other).lend(seller, 'walmart', null),
      ),
    );
    expect(endpoint.logins).toHaveLength(1);
    for (const one of lent) expect(one).toEqual(nthToken(1));
  });

  it('logs in to Walmart with the client and tells where the token holds, and how long', async () => {
    const seller = await sealedSeller();
    expect(await desk.lend(seller, 'walmart', null)).toEqual({
      ok: true,
      value: {
        accessToken: tokenNumber(1),
        expiresAt: clock.now() + 900 * SECOND_MS,
        endpoint: endpoint.url,
        attributes: {},
      },
    });
    const { clientId, clientSecret } = walmartCredential(endpoint);
    expect(endpoint.logins).toEqual([
      {
        path: '/v3/token',
        authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
        body: 'grant_type=client_credentials',
      },
    ]);
  });

  it('logs in to CloudSuite with the file’s service account', async () => {
    const seller = await sealedSeller();
    endpoint.lifeS = 7200;
    expect(await desk.lend(seller, 'cloudsuite', null)).toEqual({
      ok: true,
      value: {
        accessToken: tokenNumber(1),
        expiresAt: clock.now() + 7200 * SECOND_MS,
        endpoint: `${endpoint.url}/ACME_TST`,
        attributes: {},
      },
    });
    expect(endpoint.logins[0]?.path).toBe('/ACME_TST/as/token.oauth2');
    expect(Object.fromEntries(new URLSearchParams(endpoint.logins[0]?.body))).toEqual({
      grant_type: 'password',
      username: ionapiOf(endpoint).saak,
      password: ionapiOf(endpoint).sask,
    });
  });

  it('lends a restarted vault’s token without a login', async () => {
    const seller = await sealedSeller();
    await desk.lend(seller, 'walmart', null);
    expect(await deskOf(replica).lend(seller, 'walmart', null)).toEqual(nthToken(1));
    expect(endpoint.logins).toHaveLength(1);
  });

  it('lends no token with less than half a minute left', async () => {
    const seller = await sealedSeller();
    await desk.lend(seller, 'walmart', null);
    clock.advance(869 * SECOND_MS);
    expect(await desk.lend(seller, 'walmart', null)).toEqual(nthToken(1));
    clock.advance(SECOND_MS);
    expect(await desk.lend(seller, 'walmart', null)).toEqual(nthToken(2));
  });

  it('does not know sellers without a credential', async () => {
    expect(codeOf(await desk.lend('nobody', 'walmart', null))).toBe('vault.no-credential');
    expect(endpoint.logins).toHaveLength(0);
  });
});

describe('a token the vendor refused', () => {
  it('is replaced by one login, however many report it, and even by a shorter-lived one', async () => {
    const seller = await sealedSeller();
    await desk.lend(seller, 'walmart', null);
    endpoint.lifeS = 600;
    const refused = sha256Hex(tokenNumber(1));
    const other = deskOf(replica);
    const lent = await Promise.all(
      Array.from({ length: 10 }, (_, at) =>
        (at % 2 === 0 ? desk : other).lend(seller, 'walmart', refused),
      ),
    );
    for (const one of lent) expect(one).toEqual(nthToken(2));
    expect(await desk.lend(seller, 'walmart', refused)).toEqual(nthToken(2));
    expect(await other.lend(seller, 'walmart', null)).toEqual(nthToken(2));
    expect(endpoint.logins).toHaveLength(2);
  });
});

describe('a token refused while somebody else is asking', () => {
  it('is not handed back to the one whom the vendor refused', async () => {
    const seller = await sealedSeller();
    const lease = await acquireLease(replica, `token/walmart/${seller}`, 60 * SECOND_MS);
    const refused = 'another replica’s token';
    const asking = desk.lend(seller, 'walmart', null);
    const reporting = desk.lend(seller, 'walmart', sha256Hex(refused));
    await store.storeToken(seller, 'walmart', {
      accessToken: refused,
      tokenHash: sha256Hex(refused),
      credentialVersion: 1,
      endpoint: endpoint.url,
      expiresAt: clock.now() + 900 * SECOND_MS,
      refreshAt: clock.now() + REFRESH_AFTER_MS,
    });
    await lease?.release();
    expect((await asking).ok).toBe(true);
    expect(await reporting).toEqual(nthToken(1));
    expect(endpoint.logins).toHaveLength(1);
  });
});

describe('a replaced credential', () => {
  it('makes its token forgotten', async () => {
    const seller = await sealedSeller();
    await desk.lend(seller, 'walmart', null);
    const other = { ...walmartCredential(endpoint), clientId: 'another-client' };
    await store.sealCredential(seller, 'walmart', other, {});
    expect(await desk.lend(seller, 'walmart', null)).toEqual(nthToken(2));
    expect(Buffer.from(endpoint.logins[1]?.authorization.slice(6) ?? '', 'base64').toString()).toBe(
      `another-client:${other.clientSecret}`,
    );
  });

  it('is not served by a login with the former one that was under way', async () => {
    const seller = await sealedSeller();
    endpoint.meanwhile = async () => {
      endpoint.meanwhile = () => Promise.resolve();
      await store.sealCredential(seller, 'walmart', walmartCredential(endpoint), {});
    };
    expect(codeOf(await desk.lend(seller, 'walmart', null))).toBe('vault.credential-replaced');
    expect(await desk.lend(seller, 'walmart', null)).toEqual(nthToken(2));
  });
});

describe('refreshing ahead of time', () => {
  const refreshed = async (of: TokenDesk = desk) => of.refreshDue(clock.now() - IDLE_MS);

  it('happens at the policy’s time for Walmart, once over two replicas', async () => {
    const seller = await sealedSeller();
    await desk.lend(seller, 'walmart', null);
    clock.advance(REFRESH_AFTER_MS - 1);
    await refreshed();
    expect(endpoint.logins).toHaveLength(1);
    clock.advance(1);
    expect(await Promise.all([refreshed(), refreshed(deskOf(replica))])).toEqual([[], []]);
    expect(endpoint.logins).toHaveLength(2);
    expect(await desk.lend(seller, 'walmart', null)).toEqual(nthToken(2));
  });

  it('happens at the policy’s time before CloudSuite’s end', async () => {
    const seller = await sealedSeller();
    endpoint.lifeS = 1200;
    await desk.lend(seller, 'cloudsuite', null);
    clock.advance(1200 * SECOND_MS - REFRESH_BEFORE_MS - 1);
    await refreshed();
    expect(endpoint.logins).toHaveLength(1);
    clock.advance(1);
    await refreshed();
    expect(endpoint.logins).toHaveLength(2);
  });

  it('ends when nobody borrows any more', async () => {
    const seller = await sealedSeller();
    await desk.lend(seller, 'walmart', null);
    for (let round = 0; round < 6; round += 1) {
      clock.advance(REFRESH_AFTER_MS);
      await refreshed();
    }
    expect(endpoint.logins).toHaveLength(3);
    expect(await desk.lend(seller, 'walmart', null)).toEqual(nthToken(4));
  });
});

describe('a refused login', () => {
  it('is told, and not tried again before two minutes or a new credential', async () => {
    const seller = await sealedSeller();
    endpoint.status = 401;
    for (let round = 0; round < 5; round += 1) {
      const lent = await desk.lend(seller, 'walmart', null);
      expect(lent).toMatchObject({
        ok: false,
        error: { kind: 'unauthorised', code: 'walmart.credentials-refused' },
      });
    }
    expect(endpoint.logins).toHaveLength(1);
    clock.advance(120 * SECOND_MS);
    await desk.lend(seller, 'walmart', null);
    expect(endpoint.logins).toHaveLength(2);
    endpoint.status = 200;
    await store.sealCredential(seller, 'walmart', walmartCredential(endpoint), {});
    expect(await desk.lend(seller, 'walmart', null)).toEqual(nthToken(3));
  });

  it('of CloudSuite says what to check', async () => {
    const seller = await sealedSeller();
    endpoint.status = 400;
    expect(await desk.lend(seller, 'cloudsuite', null)).toMatchObject({
      ok: false,
      error: { kind: 'unauthorised', code: 'cloudsuite.token-refused' },
    });
  });
});

it('leaves no secret in any table', async () => {
  const seller = await sealedSeller();
  await desk.lend(seller, 'walmart', null);
  await desk.lend(seller, 'cloudsuite', null);
  const dump = await vault.dump();
  expect(dump).toContain(seller);
  expect(dump).not.toMatch(/canary/i);
});
