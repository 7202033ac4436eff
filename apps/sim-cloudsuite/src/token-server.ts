<<<<<<< HEAD
import { randomBytes, randomUUID } from 'node:crypto';
import { isoInstant, type Clock } from '@mlc/kernel';
import { jsonAnswer, type Answer, type VendorRequest } from './answer.js';
import type { Tenant } from './tenant.js';
import type { TruthLog } from './truth-log.js';

export interface Lent {
  readonly ti: string;
  readonly clientId: string;
  readonly expiresAtMs: number;
}

/** The authorization server of every tenant: `{pu}{ot}` and `{pu}{or}`. */
export interface TokenServer {
  serve(request: VendorRequest, tenant: Tenant, endpoint: string): Answer;
  /** Whom a bearer token was issued to; `undefined` when unknown or expired. */
  holderOf(token: string): Lent | undefined;
  /** Forgets every token of a tenant, as when its service account is reset. */
  forgetTokensOf(ti: string): void;
}

/** Expired tokens are swept when so many are held. */
const SWEEP_AT = 10_000;
const DAY_MS = 86_400_000;

export function createTokenServer(
  tenants: ReadonlyMap<string, Tenant>,
  truth: TruthLog,
  clock: Clock,
): TokenServer {
  const access = new Map<string, Lent>();
  const refresh = new Map<string, Lent>();
  const daily = new Map<string, { day: number; count: number }>();

  function issue(tenant: Tenant): Answer {
    const { clientId } = tenant.definition;
    const now = clock.now();
    if (overDailyLimit(tenant, now)) {
      return refusal(tenant, 429, 'too_many_requests', 'Token limit of the day reached');
    }
    if (access.size >= SWEEP_AT) sweep(access, now);
    const expiresAtMs = now + tenant.settings.tokenSeconds * 1000;
    const token = jwtLike(tenant, now, expiresAtMs);
    const lent = { ti: tenant.ti, clientId, expiresAtMs };
    access.set(token, lent);
    tenant.counters.tokens += 1;
    truth.append('token-issued', {
      account: tenant.ti,
      client: clientId,
      expiresAt: isoInstant(expiresAtMs),
    });
    const body: Record<string, unknown> = {
      access_token: token,
      token_type: 'Bearer',
      expires_in: tenant.settings.expiresInAsString
        ? String(tenant.settings.tokenSeconds)
        : tenant.settings.tokenSeconds,
    };
    if (tenant.settings.issueRefreshTokens) {
      const value = randomBytes(32).toString('base64url');
      refresh.set(value, lent);
      body['refresh_token'] = value;
    }
    return jsonAnswer(200, body, { account: tenant.ti, client: clientId, headers: stsHeaders() });
  }

  function overDailyLimit(tenant: Tenant, now: number): boolean {
    const limit = tenant.settings.tokensPerDay;
    const day = Math.floor(now / DAY_MS);
    let used = daily.get(tenant.ti);
    if (used?.day !== day) daily.set(tenant.ti, (used = { day, count: 0 }));
    used.count += 1;
    return limit > 0 && used.count > limit;
  }

  function refuseClient(tenant: Tenant, clientId: string): Answer {
    const owner = [...tenants.values()].find((one) => one.definition.clientId === clientId);
    if (owner && owner.ti !== tenant.ti) {
      return {
        ...refusal(tenant, 401, 'invalid_client', 'Invalid client credentials'),
        outcome: 'violation',
        client: clientId,
        note: `client of tenant ${owner.ti} at the authorization server of ${tenant.ti}`,
      };
    }
    return refusal(tenant, 401, 'invalid_client', 'Invalid client credentials');
  }

  function token(tenant: Tenant, form: URLSearchParams): Answer {
    const { definition } = tenant;
    if (form.get('grant_type') === 'refresh_token') {
      const lent = refresh.get(form.get('refresh_token') ?? '');
      if (!tenant.settings.issueRefreshTokens || lent?.ti !== tenant.ti) {
        return refusal(tenant, 400, 'invalid_grant', 'Unknown refresh token');
      }
      return issue(tenant);
    }
    if (form.get('grant_type') !== 'password') {
      return refusal(tenant, 400, 'unsupported_grant_type', 'Use the password grant');
    }
    tenant.counters.logins += 1;
    if (form.get('username') !== definition.saak || form.get('password') !== definition.sask) {
      return refusal(tenant, 400, 'invalid_grant', 'Invalid service account');
    }
    return issue(tenant);
  }

  return {
    serve(request, tenant, endpoint) {
      if (endpoint !== 'token.oauth2' && endpoint !== 'revoke_token.oauth2') {
        return refusal(tenant, 404, 'not_found', 'No such endpoint');
      }
      if (request.method !== 'POST') return refusal(tenant, 405, 'invalid_request', 'Use POST');
      const form = new URLSearchParams(request.body);
      const client = clientOf(request, form);
      const { clientId, clientSecret } = tenant.definition;
      if (client?.id !== clientId || client.secret !== clientSecret) {
        const answer = refuseClient(tenant, client?.id ?? '');
        tenant.counters.refusedLogins += 1;
        return answer;
      }
      if (endpoint === 'revoke_token.oauth2') {
        access.delete(form.get('token') ?? '');
        refresh.delete(form.get('token') ?? '');
        return jsonAnswer(200, {}, { account: tenant.ti, client: clientId, headers: stsHeaders() });
      }
      const answer = token(tenant, form);
      if (answer.status >= 400) tenant.counters.refusedLogins += 1;
      return { ...answer, client: clientId };
    },
    holderOf(text) {
      const lent = access.get(text);
      if (!lent || lent.expiresAtMs > clock.now()) return lent;
      access.delete(text);
      return undefined;
    },
    forgetTokensOf(ti) {
      for (const held of [access, refresh]) {
        for (const [text, lent] of held) if (lent.ti === ti) held.delete(text);
      }
    },
  };
=======
import { randomBytes } from 'node:crypto';
import { jsonAnswer, type Answer, type VendorRequest } from './answer.js';
import type { Tenant } from './tenant.js';
import type { TokenStore } from './token-store.js';

export interface TokenServerParts {
  readonly tenants: ReadonlyMap<string, Tenant>;
  readonly tokens: TokenStore;
}

const REVOKE = 'revoke_token.oauth2';
const TOKEN = 'token.oauth2';

/** The authorization server of a tenant: `{pu}{ot}` and `{pu}{or}`. */
export function authorizationServer(
  { tenants, tokens }: TokenServerParts,
  request: VendorRequest,
  tenant: Tenant,
): Answer {
  const endpoint = request.url.pathname.split('/').slice(3).join('/');
  if (endpoint !== TOKEN && endpoint !== REVOKE) {
    return refusal(tenant, 404, 'not_found', 'No such endpoint');
  }
  if (request.method !== 'POST') return refusal(tenant, 405, 'invalid_request', 'Use POST');
  const form = new URLSearchParams(request.body);
  const client = clientOf(request, form);
  const { clientId, clientSecret } = tenant.definition;
  if (client?.id !== clientId || client.secret !== clientSecret) {
    tenant.counters.refusedLogins += 1;
    return refusedClient(tenants, tenant, client?.id ?? '');
  }
  if (endpoint === REVOKE) {
    tokens.revoke(form.get('token') ?? '');
    return jsonAnswer(200, {}, { account: tenant.ti, client: clientId, headers: stsHeaders() });
  }
  const answer = grant(tokens, tenant, form);
  if (answer.status >= 400) tenant.counters.refusedLogins += 1;
  return { ...answer, client: clientId };
}

function grant(tokens: TokenStore, tenant: Tenant, form: URLSearchParams): Answer {
  const { definition, settings } = tenant;
  switch (form.get('grant_type') ?? '') {
    case 'password':
      tenant.counters.logins += 1;
      if (form.get('username') !== definition.saak || form.get('password') !== definition.sask) {
        return refusal(tenant, 400, 'invalid_grant', 'Invalid service account');
      }
      break;
    case 'refresh_token': {
      const lent = tokens.holderOfRefresh(form.get('refresh_token') ?? '');
      if (!settings.issueRefreshTokens || lent?.ti !== tenant.ti) {
        return refusal(tenant, 400, 'invalid_grant', 'Unknown refresh token');
      }
      break;
    }
    default:
      return refusal(tenant, 400, 'unsupported_grant_type', 'Use the password grant');
  }
  const issued = tokens.issue(tenant);
  if (!issued) return refusal(tenant, 429, 'too_many_requests', 'Token limit of the day reached');
  const { tokenSeconds, expiresInAsString } = settings;
  const body = {
    access_token: issued.accessToken,
    token_type: 'Bearer',
    expires_in: expiresInAsString ? String(tokenSeconds) : tokenSeconds,
    refresh_token: issued.refreshToken,
  };
  return jsonAnswer(200, body, { account: tenant.ti, headers: stsHeaders() });
}

/** A client of another tenant is no slip of the pen: a correct connector never mixes tenants. */
function refusedClient(
  tenants: ReadonlyMap<string, Tenant>,
  tenant: Tenant,
  clientId: string,
): Answer {
  const answer = refusal(tenant, 401, 'invalid_client', 'Invalid client credentials');
  const owner = [...tenants.values()].find((one) => one.definition.clientId === clientId);
  if (!owner || owner.ti === tenant.ti) return answer;
  const note = `client of tenant ${owner.ti} at the authorization server of ${tenant.ti}`;
  return { ...answer, outcome: 'violation', client: clientId, note };
>>>>>>> main
}

function refusal(tenant: Tenant, status: number, error: string, description: string): Answer {
  return jsonAnswer(
    status,
    { error, error_description: description },
    { account: tenant.ti, headers: stsHeaders(), note: `${error}: ${description}` },
  );
}

function stsHeaders(): Record<string, string> {
  return {
    'X-STS-Trace-ID': `Root=1-${randomBytes(4).toString('hex')}-${randomBytes(12).toString('hex')}`,
    'X-Cache': 'Miss from cloudfront',
    'cache-control': 'no-store',
  };
}

/** Basic client authentication, else `client_id` and `client_secret` of the body. */
function clientOf(
  request: VendorRequest,
  form: URLSearchParams,
): { id: string; secret: string } | undefined {
  const header = request.headers['authorization'];
  const basic = typeof header === 'string' ? /^Basic\s+(\S+)$/i.exec(header)?.[1] : undefined;
  if (basic !== undefined) {
    const text = Buffer.from(basic, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    return colon < 0 ? undefined : { id: text.slice(0, colon), secret: text.slice(colon + 1) };
  }
  const id = form.get('client_id');
  const secret = form.get('client_secret');
  return id === null || secret === null ? undefined : { id, secret };
}
<<<<<<< HEAD

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
=======
>>>>>>> main
