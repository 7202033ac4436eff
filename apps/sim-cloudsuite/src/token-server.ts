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
