import { randomUUID } from 'node:crypto';
import type { Clock } from '@mlc/kernel';
import { fsmRefusal, jsonAnswer, type Answer, type VendorRequest } from './answer.js';
import { batchCreate } from './batch-create.js';
import { BUSINESS_CLASSES } from './business-classes.js';
import {
  DELETE_FORM,
  deleteAllForRunGroup,
  INTERFACE_FORM,
  interfaceTransactions,
} from './form-operations.js';
import { genericList } from './generic-list.js';
import { createQuota } from './quota.js';
import type { RunGroupActions } from './run-group-actions.js';
import type { Tenant } from './tenant.js';
import { authorizationServer } from './token-server.js';
import type { TokenStore } from './token-store.js';
import type { TruthLog } from './truth-log.js';

export interface GatewayParts {
  readonly tenants: ReadonlyMap<string, Tenant>;
  readonly tokens: TokenStore;
  readonly actions: RunGroupActions;
  readonly truth: TruthLog;
  readonly clock: Clock;
}

const SERVER = 'ionapi-2025.11.15951614.15951614';
const FSM_BASE = 'FSM/fsm/soap/';

/** Answers every request of the vendor port: authorization servers and API gateway of all tenants. */
export function createGateway(parts: GatewayParts): (request: VendorRequest) => Answer {
  const quota = createQuota();

  function route(request: VendorRequest, tenant: Tenant, rest: string): Answer {
    const { tokens, clock } = parts;
    const bearer = bearerOf(request);
    const holder = bearer === undefined ? undefined : tokens.holderOf(bearer);
    if (!holder) return unauthorized(tenant.ti, null, 'no valid token');
    if (holder.ti !== tenant.ti) {
      const note = `token of tenant ${holder.ti} used for ${tenant.ti}`;
      return { ...unauthorized(tenant.ti, holder.clientId, note), outcome: 'violation' };
    }
    const { exceeded, headers: quotaHeaders } = quota(tenant, clock.now());
    const answer = exceeded
      ? jsonAnswer(429, { error: 'Too Many Requests' }, { note: 'quota' })
      : fsm(parts, request, tenant, rest);
    const headers = { ...answer.headers, ...quotaHeaders };
    return { ...answer, headers, account: tenant.ti, client: holder.clientId };
  }

  return (request) => {
    const [, ti = '', ...segments] = request.url.pathname.split('/');
    const tenant = parts.tenants.get(ti);
    if (!tenant) return withGatewayHeaders(unauthorized(null, null, 'unknown tenant'), parts.clock);
    tenant.counters.requests += 1;
    if (segments[0] === 'as') {
      return authorizationServer(parts, request, tenant);
    }
    return withGatewayHeaders(route(request, tenant, segments.join('/')), parts.clock);
  };
}

/** What FSM itself answers below `/{ti}/FSM/fsm/soap/`. */
function fsm(parts: GatewayParts, request: VendorRequest, tenant: Tenant, rest: string): Answer {
  if (!rest.startsWith(FSM_BASE)) return notFound();
  const [area, bc = '', third = '', fourth = '', ...more] = rest.slice(FSM_BASE.length).split('/');
  const query = request.url.searchParams;
  if (area === 'classes' && third === 'lists' && more.length === 0) {
    if (fourth !== '_generic') return notFound();
    if (request.method !== 'GET') return methodNotAllowed();
    const known = BUSINESS_CLASSES.get(bc);
    return known ? genericList(tenant, known, query) : unknownClass(bc);
  }
  if (bc !== 'GLTransactionInterface')
    return BUSINESS_CLASSES.has(bc) ? notFound() : unknownClass(bc);
  if (area === 'classes' && third === 'actions') {
    return action(parts, request, tenant, [fourth, ...more].join('/'));
  }
  if (area !== 'ldrest' || fourth !== '') return notFound();
  if (third !== INTERFACE_FORM && third !== DELETE_FORM)
    return everyonesRunGroups(third) ?? notFound();
  if (request.method !== 'GET') return methodNotAllowed();
  return third === INTERFACE_FORM
    ? interfaceTransactions(tenant, query, parts.actions)
    : deleteAllForRunGroup(tenant, query, parts.actions);
}

function action(parts: GatewayParts, request: VendorRequest, tenant: Tenant, name: string): Answer {
  if (name !== 'CreateUnreleased/batch') return everyonesRunGroups(name) ?? notFound();
  if (request.method !== 'POST') return methodNotAllowed();
  const maxFailures = request.url.searchParams.get('_maxFailures');
  return batchCreate(tenant, request.body, { maxFailures, truth: parts.truth });
}

/** The correlation id of an answer: what the vendor's support would ask for. */
export function correlationIdOf(answer: Answer): string | null {
  return answer.headers['x-transaction-id'] ?? answer.headers['X-STS-Trace-ID'] ?? null;
}

function withGatewayHeaders(answer: Answer, clock: Clock): Answer {
  const id = `${clock.now()}-${randomUUID()}`;
  const headers = {
    server: SERVER,
    'x-transaction-id': id,
    ...(answer.status === 401 || answer.status === 429 ? {} : { 'lmrk-ws-guid': id }),
    vary: 'Accept-Encoding',
    pragma: 'no-cache',
    'cache-control': 'no-store',
    ...answer.headers,
  };
  return { ...answer, headers };
}

function bearerOf(request: VendorRequest): string | undefined {
  const header = request.headers['authorization'];
  return typeof header === 'string' ? /^Bearer\s+(\S+)$/i.exec(header)?.[1] : undefined;
}

function unauthorized(account: string | null, client: string | null, note: string): Answer {
  return jsonAnswer(401, { error: 'Unauthorized' }, { account, client, note });
}

function notFound(): Answer {
  return jsonAnswer(404, { error: 'Not Found' }, { note: 'no such endpoint' });
}

function methodNotAllowed(): Answer {
  return jsonAnswer(405, { error: 'Method Not Allowed' }, { note: 'method not allowed' });
}

function unknownClass(bc: string): Answer {
  return fsmRefusal(`DoesNotExistException: [${bc}] does not exist`, 'DoesNotExistException');
}

/** InterfaceAllRunGroups would take every customer's run groups: no correct connector calls it. */
function everyonesRunGroups(name: string): Answer | undefined {
  if (!name.startsWith('InterfaceAllRunGroups')) return undefined;
  return { ...notFound(), outcome: 'violation', note: 'InterfaceAllRunGroups' };
}
