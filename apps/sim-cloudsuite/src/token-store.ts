import { randomBytes, randomUUID } from 'node:crypto';
import { isoInstant, type Clock } from '@mlc/kernel';
import type { Tenant } from './tenant.js';
import type { TruthLog } from './truth-log.js';

export interface Lent {
  readonly ti: string;
  readonly clientId: string;
  readonly expiresAtMs: number;
}

export interface Issued {
  readonly accessToken: string;
  readonly refreshToken?: string;
}

/** Every token that was issued and may still be good. */
export interface TokenStore {
  /** `undefined` when the client had its tokens of the day. */
  issue(tenant: Tenant): Issued | undefined;
  /** Whom a bearer token was issued to; `undefined` when unknown or expired. */
  holderOf(accessToken: string): Lent | undefined;
  holderOfRefresh(refreshToken: string): Lent | undefined;
  revoke(token: string): void;
  /** Forgets every token of a tenant, as when its service account is reset. */
  forgetTokensOf(ti: string): void;
}

/** Expired tokens are swept when so many are held. */
const SWEEP_AT = 10_000;
const DAY_MS = 86_400_000;

export function createTokenStore(truth: TruthLog, clock: Clock): TokenStore {
  const access = new Map<string, Lent>();
  const refresh = new Map<string, Lent>();
  const daily = new Map<string, { day: number; count: number }>();

  function overDailyLimit(tenant: Tenant, now: number): boolean {
    const limit = tenant.settings.tokensPerDay;
    const day = Math.floor(now / DAY_MS);
    let used = daily.get(tenant.ti);
    if (used?.day !== day) daily.set(tenant.ti, (used = { day, count: 0 }));
    used.count += 1;
    return limit > 0 && used.count > limit;
  }

  return {
    issue(tenant) {
      const { clientId } = tenant.definition;
      const now = clock.now();
      if (overDailyLimit(tenant, now)) return undefined;
      if (access.size >= SWEEP_AT) sweep(access, now);
      const expiresAtMs = now + tenant.settings.tokenSeconds * 1000;
      const accessToken = jwtLike(tenant, now, expiresAtMs);
      const lent = { ti: tenant.ti, clientId, expiresAtMs };
      access.set(accessToken, lent);
      tenant.counters.tokens += 1;
      const expiresAt = isoInstant(expiresAtMs);
      truth.append('token-issued', { account: tenant.ti, client: clientId, expiresAt });
      if (!tenant.settings.issueRefreshTokens) return { accessToken };
      const refreshToken = randomBytes(32).toString('base64url');
      refresh.set(refreshToken, lent);
      return { accessToken, refreshToken };
    },
    holderOf(accessToken) {
      const lent = access.get(accessToken);
      if (!lent || lent.expiresAtMs > clock.now()) return lent;
      access.delete(accessToken);
      return undefined;
    },
    holderOfRefresh: (refreshToken) => refresh.get(refreshToken),
    revoke(token) {
      access.delete(token);
      refresh.delete(token);
    },
    forgetTokensOf(ti) {
      for (const held of [access, refresh]) {
        for (const [text, lent] of held) if (lent.ti === ti) held.delete(text);
      }
    },
  };
}

/** Looks like the vendor's JWT; nothing but this process can tell whether it is good. */
function jwtLike(tenant: Tenant, nowMs: number, expiresAtMs: number): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = {
    ServiceAccount: tenant.definition.saak,
    Tenant: tenant.ti,
    Identity2: randomUUID(),
    grant_id: randomUUID(),
    client_id: tenant.definition.clientId,
    jti: randomUUID(),
    iat: Math.floor(nowMs / 1000),
    exp: Math.floor(expiresAtMs / 1000),
  };
  const signature = randomBytes(48).toString('base64url');
  return `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}.${signature}`;
}

function sweep(held: Map<string, Lent>, now: number): void {
  for (const [text, lent] of held) if (lent.expiresAtMs <= now) held.delete(text);
}
