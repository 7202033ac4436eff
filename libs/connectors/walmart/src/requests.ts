import { randomUUID } from 'node:crypto';
import { invariant } from '@mlc/kernel';
import { type HttpRequest } from '@mlc/http';

type Method = HttpRequest['method'];

/**
 * Everything that is ever asked of Walmart. It is read-only: nothing of the seller's is changed, and a
 * request outside this table stops the program before a byte leaves.
 */
const ALLOWED: readonly { readonly method: Method; readonly path: RegExp }[] = [
  { method: 'POST', path: /^\/v3\/token$/ },
  { method: 'GET', path: /^\/v3\/token\/detail$/ },
  { method: 'GET', path: /^\/v3\/orders$/ },
  { method: 'GET', path: /^\/v3\/orders\/[0-9][0-9A-Za-z-]{0,39}$/ },
  { method: 'GET', path: /^\/v3\/items\/(?!\.{1,2}$)[A-Za-z0-9%_.~!*'()-]{1,2400}$/ },
];

export const API_NAMES = ['token', 'token-detail', 'orders', 'order', 'item'] as const;
/** Walmart counts requests per seller and per API. */
export type ApiName = (typeof API_NAMES)[number];

/** Walmart's production and sandbox hosts; anything else is named by the operator. */
export const WALMART_SUFFIXES: readonly string[] = ['walmartapis.com'];

const MAX_RESPONSE_BYTES = 16 * 1024 * 1024;
const SERVICE_NAME = 'Walmart Marketplace';

export interface WalmartCall {
  readonly method: Method;
  readonly baseUrl: string;
  /** Path and query, sent as they are. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
}

/** Builds one allowed request with a correlation id of its own. Throws on anything not in the table. */
export function walmartRequest(
  call: WalmartCall,
): HttpRequest & { readonly correlationId: string } {
  const path = call.path.replace(/\?.*$/s, '');
  invariant(
    ALLOWED.some((each) => each.method === call.method && each.path.test(path)),
    `${call.method} ${path} is not among the requests allowed to Walmart`,
  );
  const correlationId = randomUUID();
  return {
    method: call.method,
    url: `${call.baseUrl.replace(/\/+$/, '')}${call.path}`,
    headers: {
      accept: 'application/json',
      'WM_SVC.NAME': SERVICE_NAME,
      'WM_QOS.CORRELATION_ID': correlationId,
      ...call.headers,
    },
    ...(call.body === undefined ? {} : { body: call.body }),
    timeoutMs: call.timeoutMs,
    maxResponseBytes: MAX_RESPONSE_BYTES,
    correlationId,
  };
}
