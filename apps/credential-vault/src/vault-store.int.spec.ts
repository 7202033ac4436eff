import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sha256Hex } from '@mlc/kernel';
import { fakeClock } from '@mlc/testing';
import { keyFileProvider } from './sealing.js';
import { vaultDatabase, type VaultDatabase } from './spec/vault-database.js';
import { type StoredToken, VaultStore } from './vault-store.js';

const MINUTE_MS = 60_000;
const clock = fakeClock('2026-03-02T10:00:00.000Z');
const keyText = randomBytes(32).toString('base64');
const secret = {
  clientId: 'id',
  clientSecret: 'canary-client-secret',
  baseUrl: 'https://w.example',
};

let vault: VaultDatabase;
let store: VaultStore;

beforeAll(async () => {
  vault = await vaultDatabase();
  store = new VaultStore(vault.db, keyFileProvider(keyText), clock);
});

afterAll(async () => {
  await vault.drop();
});

function token(accessToken: string, more: Partial<StoredToken> = {}): StoredToken {
  return {
    accessToken,
    tokenHash: sha256Hex(accessToken),
    credentialVersion: 1,
    endpoint: 'https://w.example',
    expiresAt: clock.now() + 15 * MINUTE_MS,
    refreshAt: clock.now() + 14 * MINUTE_MS,
    ...more,
  };
}

async function sealedSeller(seller: string): Promise<string> {
  await store.sealCredential(seller, 'walmart', secret, { baseUrl: secret.baseUrl });
  return seller;
}

describe('credentials', () => {
  it('open as they were sealed, and every replacement is the next version', async () => {
    const first = await store.sealCredential('open', 'walmart', secret, { baseUrl: 'x' });
    const changed = { ...secret, clientSecret: 'canary-other-secret' };
    const second = await store.sealCredential('open', 'walmart', changed, { baseUrl: 'y' });
    expect([first.version, second.version]).toEqual([1, 2]);
    expect(first.fingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect(second.fingerprint).not.toBe(first.fingerprint);
    expect(await store.openCredential('open', 'walmart')).toEqual({
      ok: true,
      value: { ...second, secret: changed },
    });
  });

  it('become as many versions as were uploaded, at once too', async () => {
    await sealedSeller('twice');
    const versions = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const sealed = await store.sealCredential('twice', 'cloudsuite', { ti: 'T' }, {});
        return sealed.version;
      }),
    );
    expect(versions.sort()).toEqual([1, 2, 3, 4]);
  });

  it('are not found where none was sealed', async () => {
    await sealedSeller('only-walmart');
    for (const [seller, system] of [
      ['nobody', 'walmart'],
      ['only-walmart', 'cloudsuite'],
    ] as const) {
      expect(await store.openCredential(seller, system)).toMatchObject({
        ok: false,
        error: { kind: 'not-found', code: 'vault.no-credential' },
      });
    }
  });

  it('do not open for another seller, with that seller’s key or with the copied one', async () => {
    await sealedSeller('victim');
    await sealedSeller('thief');
    await vault.asAdmin(
      `update vault.credential t set sealed = v.sealed, version = v.version from vault.credential v
       where t.seller_id = 'thief' and v.seller_id = 'victim'`,
    );
    await expect(store.openCredential('thief', 'walmart')).rejects.toThrow();
    await vault.asAdmin(
      `update vault.data_key t set wrapped = v.wrapped from vault.data_key v
       where t.seller_id = 'thief' and v.seller_id = 'victim'`,
    );
    await expect(store.openCredential('thief', 'walmart')).rejects.toThrow();
    expect((await store.openCredential('victim', 'walmart')).ok).toBe(true);
  });

  it('do not open as an older version of themselves', async () => {
    await sealedSeller('rolled-back');
    const [old] = await vault.asAdmin<{ sealed: string }>(
      `select sealed from vault.credential where seller_id = 'rolled-back'`,
    );
    await sealedSeller('rolled-back');
    await vault.asAdmin(`update vault.credential set sealed = $1 where seller_id = 'rolled-back'`, [
      old?.sealed,
    ]);
    await expect(store.openCredential('rolled-back', 'walmart')).rejects.toThrow();
  });
});

describe('tokens', () => {
  it('are kept until the next one, whichever ends first', async () => {
    const seller = await sealedSeller('next');
    expect(await store.storeToken(seller, 'walmart', token('first'))).toBe(true);
    const shorter = token('second', { expiresAt: clock.now() + MINUTE_MS });
    expect(await store.storeToken(seller, 'walmart', shorter)).toBe(true);
    expect(await store.readToken(seller, 'walmart')).toEqual(shorter);
    expect(await store.storeToken(seller, 'walmart', token('third'))).toBe(true);
    expect(await store.readToken(seller, 'walmart')).toEqual(token('third'));
  });

  it('are forgotten when the credential is replaced, and never kept for an older one', async () => {
    const seller = await sealedSeller('replaced');
    await store.storeToken(seller, 'walmart', token('old'));
    await sealedSeller(seller);
    expect(await store.readToken(seller, 'walmart')).toBeNull();
    expect(await store.storeToken(seller, 'walmart', token('late'))).toBe(false);
    expect(await store.readToken(seller, 'walmart')).toBeNull();
  });

  it('do not open for another seller', async () => {
    for (const seller of ['token-victim', 'token-thief']) {
      await sealedSeller(seller);
      await store.storeToken(seller, 'walmart', token(`canary-token-${seller}`));
    }
    await vault.asAdmin(
      `update vault.token t set sealed = v.sealed from vault.token v
       where t.seller_id = 'token-thief' and v.seller_id = 'token-victim'`,
    );
    await expect(store.readToken('token-thief', 'walmart')).rejects.toThrow();
  });

  it('are due at their time while somebody borrows them; looking is not borrowing', async () => {
    const seller = await sealedSeller('due');
    await store.storeToken(seller, 'walmart', token('due', { refreshAt: clock.now() + MINUTE_MS }));
    const due = async (idleMs: number) =>
      (await store.dueTokens(clock.now() - idleMs, 1000)).filter((one) => one.seller === seller);
    expect(await due(MINUTE_MS)).toEqual([]);
    clock.advance(2 * MINUTE_MS);
    await store.readToken(seller, 'walmart');
    expect(await due(MINUTE_MS)).toEqual([]);
    await store.borrowToken(seller, 'walmart');
    expect(await due(MINUTE_MS)).toEqual([{ seller, system: 'walmart' }]);
  });
});

describe('tables', () => {
  it('hold no secret, no token and no key in the clear', async () => {
    await sealedSeller('dumped');
    await store.storeToken('dumped', 'walmart', token('canary-token'));
    const dump = await vault.dump();
    expect(dump).toContain('dumped');
    expect(dump).toContain('vendor-token-obtained');
    for (const encoding of ['utf8', 'base64', 'hex'] as const) {
      // Base64 of the middle of a text stays the same when the text starts at a multiple of three.
      expect(dump).not.toContain(Buffer.from('canary').toString(encoding));
    }
    expect(dump).not.toContain(keyText);
  });

  it('force row-level security wherever there is a seller, and show nothing to nobody', async () => {
    const open = await vault.asAdmin(
      `select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid
       where c.relkind in ('r', 'p') and c.relnamespace = 'vault'::regnamespace
         and a.attname = 'seller_id' and not (c.relrowsecurity and c.relforcerowsecurity)`,
    );
    expect(open).toEqual([]);
    await sealedSeller('hidden');
    for (const table of ['data_key', 'credential', 'token']) {
      const seen = await vault.db.forSellers([], (tx) => tx.query(`select 1 from vault.${table}`));
      expect(seen).toEqual([]);
    }
  });

  it('show the machinery no credential and no key', async () => {
    for (const table of ['data_key', 'credential']) {
      const look = vault.db.asSystem((tx) => tx.query(`select 1 from vault.${table}`));
      await expect(look).rejects.toThrow('permission denied');
    }
  });
});
