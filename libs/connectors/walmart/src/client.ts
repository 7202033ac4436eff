import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type HttpAnswer, type HttpClient } from '@mlc/http';
import { type Clock, err, failure, type Failure, ok, type Result } from '@mlc/kernel';
import { answerFailure, isContentNotFound, readFailure } from './failures.js';
import { itemPath, type ItemRead, readItemBody } from './item.js';
import { objectOf, parseLoose, textOf } from './json.js';
import { type OrderFacts, readOrderBody } from './order.js';
import {
  firstPagePath,
  nextPagePath,
  type OrderPage,
  type OrderWindow,
  readPage,
} from './pages.js';
import { RateGate } from './rate.js';
import { API_NAMES, type ApiName, walmartRequest } from './requests.js';

/** Lends the seller's token; `refusedToken` asks for a newer one than that. */
export type TokenSource = (
  refusedToken?: string,
) => Promise<Result<{ readonly accessToken: string; readonly endpoint: string }>>;

export interface ReadRetries {
  /** Tries of one read, the first included. */
  readonly attempts: number;
  readonly baseMs: number;
  readonly maxMs: number;
  /** A longer wait than this ends the read with `rate-limited` instead. */
  readonly maxRateWaitMs: number;
}

export const DEFAULT_RETRIES: ReadRetries = {
  attempts: 4,
  baseMs: 2_000,
  maxMs: 32_000,
  maxRateWaitMs: 90_000,
};

export interface WalmartClientOptions {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly token: TokenSource;
  readonly timeoutMs?: number;
  readonly retries?: ReadRetries;
  readonly signal?: AbortSignal;
}

export interface OrderRead {
  readonly facts: OrderFacts;
  /** As received, with the buyer. */
  readonly body: string;
}

/** One seller's Walmart, read only. Every answer is a value; what failed says what to do. */
export interface WalmartClient {
  readFirstPage(window: OrderWindow): Promise<Result<OrderPage>>;
  readNextPage(cursor: string): Promise<Result<OrderPage>>;
  readOrder(purchaseOrderId: string): Promise<Result<OrderRead>>;
  readItem(sku: string): Promise<Result<ItemRead>>;
  /** Whether the token is alive and may read orders and items. */
  readScopes(): Promise<Result<Readonly<Record<string, string>>>>;
}

const TIMEOUT_MS = 30_000;
const EMPTY_PAGE: OrderPage = { orders: [], totalCount: 0, nextCursor: null };

class Reader {
  readonly options: WalmartClientOptions;
  readonly #gates: ReadonlyMap<ApiName, RateGate>;
  readonly #retries: ReadRetries;

  constructor(options: WalmartClientOptions) {
    this.options = options;
    this.#gates = new Map(API_NAMES.map((api) => [api, new RateGate(options.clock)]));
    this.#retries = options.retries ?? DEFAULT_RETRIES;
  }

  /** A GET, tried again where another try can help; 404 is an answer. */
  async get(api: ApiName, path: string, what: string): Promise<Result<HttpAnswer>> {
    let refusedToken: string | undefined;
    for (let attempt = 1; ; attempt += 1) {
      const token = await this.options.token(refusedToken);
      if (!token.ok) return token;
      const answer = await this.#once(api, path, { what, ...token.value });
      if (answer.ok) return answer;
      if (answer.error.code === 'walmart.token-refused' && refusedToken === undefined) {
        refusedToken = token.value.accessToken;
        continue;
      }
      const waitMs = this.#waitBefore(attempt, answer.error);
      if (waitMs === null) return answer;
      if (answer.error.kind === 'rate-limited') this.#gates.get(api)?.block(waitMs);
      else await this.#sleep(waitMs);
    }
  }

  async #once(
    api: ApiName,
    path: string,
    call: { what: string; accessToken: string; endpoint: string },
  ): Promise<Result<HttpAnswer>> {
    const gate = this.#gates.get(api);
    await gate?.pass(this.options.signal);
    const { correlationId, ...request } = walmartRequest({
      method: 'GET',
      baseUrl: call.endpoint,
      path,
      headers: { 'WM_SEC.ACCESS_TOKEN': call.accessToken },
      timeoutMs: this.options.timeoutMs ?? TIMEOUT_MS,
    });
    const sent = await this.options.http.send(request);
    if (!sent.ok) return err(readFailure(sent.error, call.what));
    const answer = sent.value;
    gate?.learn(answer.headers);
    const echoed = answer.headers['wm_qos.correlation_id'];
    if (echoed !== undefined && echoed !== correlationId) {
      return err(
        failure(
          'unavailable',
          'walmart.answer-mispaired',
          `${call.what}: the answer belongs to another request; it is not used and read again`,
        ),
      );
    }
    if (answer.status === 200 || answer.status === 404) return ok(answer);
    return err(answerFailure(call.what, answer, this.options.clock));
  }

  /** null: not again now. */
  #waitBefore(attempt: number, error: Failure): number | null {
    const { attempts, baseMs, maxMs, maxRateWaitMs } = this.#retries;
    if (attempt >= attempts || this.options.signal?.aborted) return null;
    if (error.kind === 'rate-limited') {
      const waitMs = Math.max(error.retryAfterMs ?? maxMs, 1);
      return waitMs > maxRateWaitMs ? null : waitMs;
    }
    if (error.kind !== 'unavailable') return null;
    const full = Math.min(baseMs * 2 ** (attempt - 1), maxMs);
    return Math.ceil(full / 2 + randomInt(Math.max(1, Math.ceil(full / 2))));
  }

  async #sleep(ms: number): Promise<void> {
    const { signal } = this.options;
    await sleep(ms, undefined, { ...(signal ? { signal } : {}) });
  }
}

async function readPageAt(reader: Reader, path: string): Promise<Result<OrderPage>> {
  const what = 'reading the order list';
  const answer = await reader.get('orders', path, what);
  if (!answer.ok) return answer;
  // No order in the window is a 404; any other 404 is a wrong address.
  if (isContentNotFound(answer.value)) return ok(EMPTY_PAGE);
  if (answer.value.status === 404) {
    return err(answerFailure(what, answer.value, reader.options.clock));
  }
  return readPage(answer.value.body);
}

async function readScopes(reader: Reader): Promise<Result<Readonly<Record<string, string>>>> {
  const what = 'reading the token details';
  const answer = await reader.get('token-detail', '/v3/token/detail', what);
  if (!answer.ok) return answer;
  if (answer.value.status === 404) {
    return err(answerFailure(what, answer.value, reader.options.clock));
  }
  const body = parseLoose(answer.value.body);
  if (!body.ok) return body;
  const scopes: Record<string, string> = {};
  for (const [name, access] of Object.entries(objectOf(objectOf(body.value)['scopes']))) {
    scopes[name] = textOf(access) ?? 'no_access';
  }
  return ok(scopes);
}

export function createWalmartClient(options: WalmartClientOptions): WalmartClient {
  const reader = new Reader(options);
  return {
    readFirstPage: (window) => readPageAt(reader, firstPagePath(window)),
    readNextPage: (cursor) => readPageAt(reader, nextPagePath(cursor)),
    async readOrder(purchaseOrderId) {
      const what = `reading purchase order ${purchaseOrderId}`;
      // `replacementInfo` is what makes orderType appear.
      const path = `/v3/orders/${encodeURIComponent(purchaseOrderId)}?replacementInfo=true`;
      const answer = await reader.get('order', path, what);
      if (!answer.ok) return answer;
      if (answer.value.status === 404) {
        return err(answerFailure(what, answer.value, options.clock));
      }
      const facts = readOrderBody(purchaseOrderId, answer.value.body);
      return facts.ok ? ok({ facts: facts.value, body: answer.value.body }) : facts;
    },
    async readItem(sku) {
      const answer = await reader.get('item', itemPath(sku), `reading item ${sku}`);
      if (!answer.ok) return answer;
      if (isContentNotFound(answer.value)) return ok({ kind: 'unknown' });
      if (answer.value.status === 404) {
        return err(answerFailure(`reading item ${sku}`, answer.value, options.clock));
      }
      return readItemBody(sku, answer.value.body);
    },
    readScopes: () => readScopes(reader),
  };
}
