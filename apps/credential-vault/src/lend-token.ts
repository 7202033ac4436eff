import { parseIonapi, requestCloudSuiteToken } from '@mlc/cloudsuite';
import { crashPoint } from '@mlc/crash-points';
import type { LentToken, VendorSystem } from '@mlc/credentials';
import type { HttpClient } from '@mlc/http';
import {
  type Clock,
  err,
  failure,
  type Failure,
  ok,
  type Result,
  sha256Hex,
  unwrap,
} from '@mlc/kernel';
import { acquireLease, type Database } from '@mlc/postgres';
import { requestWalmartToken } from '@mlc/walmart';
import { z } from 'zod';
import type { SealedCredential, StoredToken, VaultStore } from './vault-store.js';

/** Longer than a login may take, so that a second one does not start beside the first. */
const LEASE_MS = 60_000;
const WAIT_MS = 100;
const WAITS_MAX = 600;
const DUE_MAX = 100;
/** A token with less life than this is not lent. */
const SPARE_MS = 30_000;
/** After a refused login, before the same credential is tried again: 720 a day of CloudSuite's 1,000. */
const REFUSED_PAUSE_MS = 120_000;

interface RefusedLogin {
  readonly credentialVersion: number;
  readonly until: number;
  readonly failure: Failure;
}

export interface RefreshPolicy {
  readonly walmartRefreshAfterMs: number;
  readonly cloudsuiteRefreshBeforeMs: number;
  readonly allowedHosts: readonly string[];
}

const walmartSecret = z.object({
  clientId: z.string(),
  clientSecret: z.string(),
  baseUrl: z.string(),
});

/** Lends a token that is alive, logging in at most once at a time per seller and system. */
export class TokenDesk {
  private readonly running = new Map<string, Promise<Result<LentToken>>>();
  /** At most one per seller and system; gone with the next login that succeeds. */
  private readonly refusals = new Map<string, RefusedLogin>();

  constructor(
    private readonly store: VaultStore,
    private readonly db: Database,
    private readonly http: HttpClient,
    private readonly clock: Clock,
    private readonly policy: RefreshPolicy,
  ) {}

  async lend(
    seller: string,
    system: VendorSystem,
    refusedHash: string | null,
  ): Promise<Result<LentToken>> {
    const stored = await this.store.borrowToken(seller, system);
    if (stored && this.usable(stored, refusedHash)) return ok(lent(stored));
    return this.refresh(seller, system, refusedHash);
  }

  /** Refreshes ahead of time what is due and was borrowed lately; answers what could not be. */
  async refreshDue(
    lentSince: number,
  ): Promise<{ seller: string; system: VendorSystem; code: string }[]> {
    const failed = [];
    for (const { seller, system } of await this.store.dueTokens(lentSince, DUE_MAX)) {
      const fresh = await this.refresh(seller, system, null);
      if (!fresh.ok) failed.push({ seller, system, code: fresh.error.code });
    }
    return failed;
  }

  private usable(token: StoredToken, refusedHash: string | null): boolean {
    return token.tokenHash !== refusedHash && token.expiresAt - SPARE_MS > this.clock.now();
  }

  private async refresh(
    seller: string,
    system: VendorSystem,
    refusedHash: string | null,
  ): Promise<Result<LentToken>> {
    const key = `${system}/${seller}`;
    for (let running = this.running.get(key); running; running = this.running.get(key)) {
      const answer = await running;
      // Who runs may not know that the vendor refused this very token.
      if (!answer.ok || sha256Hex(answer.value.accessToken) !== refusedHash) return answer;
    }
    const started = this.refreshUnderLease(seller, system, refusedHash).finally(() =>
      this.running.delete(key),
    );
    this.running.set(key, started);
    return started;
  }

  private async refreshUnderLease(
    seller: string,
    system: VendorSystem,
    refusedHash: string | null,
  ): Promise<Result<LentToken>> {
    for (let wait = 0; wait < WAITS_MAX; wait += 1) {
      const lease = await acquireLease(this.db, `token/${system}/${seller}`, LEASE_MS);
      if (lease) {
        try {
          return await this.obtain(seller, system, refusedHash);
        } finally {
          await lease.release();
        }
      }
      // Another replica is logging in: take what it stores.
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
      const stored = await this.store.readToken(seller, system);
      if (stored && this.usable(stored, refusedHash)) return ok(lent(stored));
    }
    return err(
      failure(
        'unavailable',
        'vault.refresh-busy',
        'Another replica has been logging in for a minute; the call is tried again later.',
      ),
    );
  }

  private async obtain(
    seller: string,
    system: VendorSystem,
    refusedHash: string | null,
  ): Promise<Result<LentToken>> {
    const stored = await this.store.readToken(seller, system);
    if (stored && this.usable(stored, refusedHash) && stored.refreshAt > this.clock.now()) {
      return ok(lent(stored));
    }
    const credential = await this.store.openCredential(seller, system);
    if (!credential.ok) return credential;
    const askedAt = this.clock.now();
    const key = `${system}/${seller}`;
    const { version } = credential.value;
    const last = this.refusals.get(key);
    if (last?.credentialVersion === version && last.until > askedAt) return err(last.failure);
    const fresh =
      system === 'walmart'
        ? await this.walmart(credential.value, askedAt)
        : await this.cloudsuite(credential.value, askedAt);
    if (!fresh.ok) {
      const { kind, retryAfterMs } = fresh.error;
      if (kind === 'unauthorised' || kind === 'rate-limited') {
        const until = askedAt + Math.max(REFUSED_PAUSE_MS, retryAfterMs ?? 0);
        this.refusals.set(key, { credentialVersion: version, until, failure: fresh.error });
      }
      return fresh;
    }
    this.refusals.delete(key);
    crashPoint('vault.after-token-before-store');
    if (await this.store.storeToken(seller, system, fresh.value)) return ok(lent(fresh.value));
    return err(
      failure(
        'unavailable',
        'vault.credential-replaced',
        'The credential was replaced during the login; ask again to log in with the new one.',
      ),
    );
  }

  private async walmart(
    credential: SealedCredential & { secret: unknown },
    askedAt: number,
  ): Promise<Result<StoredToken>> {
    const secret = walmartSecret.parse(credential.secret);
    const token = await requestWalmartToken({ ...secret, http: this.http });
    if (!token.ok) return token;
    const lifeMs = token.value.expiresInS * 1000;
    return ok({
      accessToken: token.value.accessToken,
      tokenHash: sha256Hex(token.value.accessToken),
      credentialVersion: credential.version,
      endpoint: secret.baseUrl,
      expiresAt: askedAt + lifeMs,
      refreshAt: askedAt + Math.min(this.policy.walmartRefreshAfterMs, lifeMs),
    });
  }

  private async cloudsuite(
    credential: SealedCredential & { secret: unknown },
    askedAt: number,
  ): Promise<Result<StoredToken>> {
    const file = unwrap(parseIonapi(credential.secret, { allowedHosts: this.policy.allowedHosts }));
    const token = await requestCloudSuiteToken(file, this.http);
    if (!token.ok) return token;
    const expiresAt = askedAt + token.value.expiresInS * 1000;
    return ok({
      accessToken: token.value.accessToken,
      tokenHash: sha256Hex(token.value.accessToken),
      credentialVersion: credential.version,
      endpoint: file.apiBase,
      expiresAt,
      refreshAt: Math.max(askedAt + 1000, expiresAt - this.policy.cloudsuiteRefreshBeforeMs),
    });
  }
}

function lent(token: StoredToken): LentToken {
  return {
    accessToken: token.accessToken,
    expiresAt: token.expiresAt,
    endpoint: token.endpoint,
    attributes: {},
  };
}
