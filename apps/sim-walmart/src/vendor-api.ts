import type { IncomingHttpHeaders } from 'node:http';
import { isoInstant, type Clock } from '@mlc/kernel';
import {
  bareBadRequest,
  headerMissing,
  invalidParameter,
  nothingFound,
  thresholdViolated,
  unauthorised,
  writeRefused,
  type Answer,
} from './answers.js';
import type { SellerBooks } from './books.js';
import { answerOrders, parseRawQuery } from './order-query.js';
import { withoutReplacementInfo } from './order-text.js';
import type { Api } from './rate-limits.js';
import type { Sellers } from './sellers.js';
import { TOKEN_LIFE_S, type LentToken, type TokenDesk } from './token-desk.js';
import type { TruthLog } from './truth-log.js';

export interface VendorWorld {
  readonly clock: Clock;
  readonly sellers: Sellers;
  readonly tokens: TokenDesk;
  readonly truth: TruthLog;
  readonly orderQueryCap: number;
}

export interface VendorCall {
  readonly method: string;
  /** Path and query as they came. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Identified {
  readonly account: string | null;
  readonly client: string | null;
}

/** An answer and whom it was for; `work` is not run when a fault takes the call. */
export interface Prepared {
  readonly who: Identified;
  readonly work: () => Answer;
}

const NOBODY: Identified = { account: null, client: null };

/** Tells who calls, and what the right answer would be. */
export function prepare(world: VendorWorld, call: VendorCall): Prepared {
  const path = pathOf(call.target);
  if (path === '/v3/token' && call.method === 'POST') return prepareToken(world, call);
  const lent = lentToken(world.tokens, call.headers);
  const who =
    typeof lent === 'string' ? NOBODY : { account: lent.walmartSellerId, client: lent.client };
  if (call.method !== 'GET') return { who, work: () => writeRefused(call.method) };
  return { who, work: () => read(world, call, lent) };
}

function pathOf(target: string): string {
  const at = target.indexOf('?');
  return at < 0 ? target : target.slice(0, at);
}

function one(headers: IncomingHttpHeaders, name: string): string | undefined {
  const found = headers[name];
  const text = Array.isArray(found) ? found[0] : found;
  return text === undefined || text.trim() === '' ? undefined : text;
}

function missingHeader(headers: IncomingHttpHeaders): Answer | undefined {
  for (const name of ['WM_SVC.NAME', 'WM_QOS.CORRELATION_ID']) {
    if (one(headers, name.toLowerCase()) === undefined) return headerMissing(name);
  }
  return undefined;
}

// --- token ---------------------------------------------------------------------------------------

function prepareToken(world: VendorWorld, call: VendorCall): Prepared {
  const basic = basicOf(call.headers);
  const seller = basic && world.sellers.ofClient(basic.clientId);
  const who = {
    account: seller?.walmartSellerId ?? null,
    client: seller ? seller.identity.clientId : null,
  };
  return {
    who,
    work: () => {
      const missing = missingHeader(call.headers);
      if (missing) return missing;
      const type = one(call.headers, 'content-type') ?? '';
      if (!type.startsWith('application/x-www-form-urlencoded')) {
        return bareBadRequest('token request is not a form');
      }
      if (new URLSearchParams(call.body).get('grant_type') !== 'client_credentials') {
        return bareBadRequest('grant type not offered');
      }
      if (!seller || seller.identity.clientSecret !== basic.secret) {
        return bareBadRequest('unknown client or wrong secret');
      }
      return issue(world, seller, one(call.headers, 'accept'));
    },
  };
}

function basicOf(headers: IncomingHttpHeaders): { clientId: string; secret: string } | undefined {
  const text = /^Basic ([A-Za-z0-9+/=_-]+)$/i.exec(one(headers, 'authorization') ?? '')?.[1];
  if (text === undefined) return undefined;
  const pair = Buffer.from(text, 'base64').toString('utf8');
  const at = pair.indexOf(':');
  return at < 0 ? undefined : { clientId: pair.slice(0, at), secret: pair.slice(at + 1) };
}

function issue(world: VendorWorld, seller: SellerBooks, accept: string | undefined): Answer {
  const { text, lent } = world.tokens.issue(seller.walmartSellerId, seller.identity.clientId);
  world.truth.append({
    kind: 'token-issued',
    account: seller.walmartSellerId,
    client: lent.client,
    expiresAt: isoInstant(lent.expiresAt),
  });
  if (accept !== undefined && /application\/json|\*\/\*/.test(accept)) {
    const body = { access_token: text, token_type: 'Bearer', expires_in: TOKEN_LIFE_S };
    return { status: 200, body: JSON.stringify(body) };
  }
  const fields = `<accessToken>${text}</accessToken><tokenType>Bearer</tokenType><expiresIn>${TOKEN_LIFE_S}</expiresIn>`;
  return {
    status: 200,
    contentType: 'application/xml;charset=UTF-8',
    body: `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><OAuthTokenDTO>${fields}</OAuthTokenDTO>`,
  };
}

function lentToken(tokens: TokenDesk, headers: IncomingHttpHeaders): LentToken | string {
  const text = one(headers, 'wm_sec.access_token');
  return text === undefined ? 'no WM_SEC.ACCESS_TOKEN' : tokens.look(text);
}

function tokenDetail(lent: LentToken): Answer {
  const access = 'full_access';
  const body = {
    expire_at: String(lent.expiresAt),
    issued_at: String(lent.issuedAt),
    is_valid: true,
    is_channel_match: true,
    scopes: {
      reports: access,
      item: access,
      returns: access,
      orders: access,
      inventory: 'no_access',
    },
  };
  return { status: 200, body: JSON.stringify(body) };
}

// --- business calls ------------------------------------------------------------------------------

function read(world: VendorWorld, call: VendorCall, lent: LentToken | string): Answer {
  if (typeof lent === 'string') return unauthorised(lent);
  const missing = missingHeader(call.headers);
  if (missing) return missing;
  const seller = world.sellers.get(lent.walmartSellerId);
  if (!seller) return unauthorised('seller is gone');
  seller.requests += 1;
  const path = pathOf(call.target);
  const rawQuery = call.target.slice(path.length + 1);
  if (path === '/v3/token/detail') return tokenDetail(lent);
  if (path === '/v3/orders' || path === '/v3/orders/released') {
    const released = path.endsWith('/released');
    return limited(seller, released ? 'released' : 'orders', () =>
      answerOrders({
        seller,
        rawQuery,
        now: world.clock.now(),
        released,
        cap: world.orderQueryCap,
      }),
    );
  }
  const single = /^\/v3\/orders\/([^/]+)$/.exec(path)?.[1];
  if (single !== undefined) {
    return limited(seller, 'orderById', () => singleOrder(seller, single, rawQuery));
  }
  const sku = /^\/v3\/items\/([^/]+)$/.exec(path)?.[1];
  if (sku !== undefined) return limited(seller, 'itemById', () => itemBySku(seller, sku, rawQuery));
  return nothingFound('path');
}

function limited(seller: SellerBooks, api: Api, work: () => Answer): Answer {
  const reading = seller.limits.take(api);
  const answer = reading.allowed ? work() : thresholdViolated();
  return {
    ...answer,
    headers: {
      'x-current-token-count': String(reading.tokensLeft),
      'x-next-replenish-time': String(reading.replenishedAt),
    },
  };
}

function singleOrder(seller: SellerBooks, purchaseOrderId: string, rawQuery: string): Answer {
  const order = seller.order(purchaseOrderId);
  if (!order) return nothingFound('order');
  const withInfo = rawQuery.includes('replacementInfo=true');
  const text = withInfo ? order.text : withoutReplacementInfo(order.text);
  return { status: 200, body: `{"order":${text}}` };
}

function itemBySku(seller: SellerBooks, encodedSku: string, rawQuery: string): Answer {
  if (parseRawQuery(rawQuery).get('productIdType') !== 'SKU') {
    return invalidParameter('productIdType', "The value provided for 'productIdType' is invalid.");
  }
  let sku: string;
  try {
    sku = decodeURIComponent(encodedSku);
  } catch (error) {
    if (error instanceof URIError) return invalidParameter('id', 'The item id is not readable.');
    throw error;
  }
  const body = seller.itemAnswer(sku);
  return body === undefined ? nothingFound('item') : { status: 200, body };
}
