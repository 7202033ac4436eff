import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders } from 'node:http';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createHttpClient, type HttpClient } from '@mlc/http';
import { err, failure, ok, systemClock } from '@mlc/kernel';
import { generate } from 'selfsigned';
import {
  createWalmartClient,
  type OrderWindow,
  requestWalmartToken,
  type WalkedPage,
  walkOrders,
} from './index.js';
import { walmartRequest } from './requests.js';

interface Reply {
  status?: number;
  body?: string;
  headers?: Record<string, string>;
}

interface Call {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

const clock = systemClock();
const folder = mkdtempSync(join(tmpdir(), 'mlc-walmart-'));
const calls: Call[] = [];
let answer: (call: Call) => Reply;
let server: Server;
let http: HttpClient;
let baseUrl = '';

beforeAll(async () => {
  const pems = await generate([{ name: 'commonName', value: 'localhost' }], {
    keySize: 2048,
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
    ],
  });
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, pems.cert);
  server = createServer({ key: pems.private, cert: pems.cert }, (request, response) => {
    const { method = '', url = '', headers } = request;
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const call = { method, url, headers, body };
      calls.push(call);
      const reply = answer(call);
      const echo = { 'WM_QOS.CORRELATION_ID': String(headers['wm_qos.correlation_id']) };
      response.writeHead(reply.status ?? 200, { ...echo, ...reply.headers }).end(reply.body ?? '');
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  baseUrl = `https://localhost:${typeof address === 'object' && address ? address.port : 0}`;
  http = createHttpClient({ allowedHosts: ['localhost'], allowedSuffixes: [], caFile, clock });
});

beforeEach(() => {
  calls.length = 0;
  tokens = ['first'];
});

afterAll(async () => {
  await http.close();
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

let tokens: string[] = [];

function client() {
  return createWalmartClient({
    http,
    clock,
    token: (refused) => {
      if (refused !== undefined) tokens.push(`after-${refused}`);
      return Promise.resolve(ok({ accessToken: tokens.at(-1) ?? '', endpoint: baseUrl }));
    },
    retries: { attempts: 3, baseMs: 2, maxMs: 4, maxRateWaitMs: 1_500 },
  });
}

const window: OrderWindow = {
  shipNodeType: 'WFSFulfilled',
  createdFrom: Date.parse('2026-05-29T10:00:00.700Z'),
  modifiedFrom: Date.parse('2026-11-23T09:00:00.700Z'),
  modifiedTo: Date.parse('2026-11-24T10:00:00.700Z'),
};

function page(ids: readonly string[], nextCursor?: string, totalCount = ids.length): Reply {
  const order = ids.map((purchaseOrderId) => ({
    purchaseOrderId,
    orderLines: { orderLine: [{}] },
  }));
  return {
    body: JSON.stringify({
      list: { meta: { totalCount, limit: 200, nextCursor }, elements: { order } },
    }),
  };
}

const NOT_FOUND: Reply = {
  status: 404,
  body: '{"error":[{"code":"CONTENT_NOT_FOUND.GMP_ORDER_API","description":"No orders"}]}',
};

async function walked(): Promise<(WalkedPage | string)[]> {
  const pages: (WalkedPage | string)[] = [];
  for await (const each of walkOrders(client(), window)) {
    pages.push(each.ok ? each.value : each.error.code);
  }
  return pages;
}

const idsOf = (pages: readonly (WalkedPage | string)[]) =>
  pages.map((each) =>
    typeof each === 'string' ? each : each.orders.map((order) => order.purchaseOrderId),
  );

describe('the list', () => {
  it('always sends createdStartDate with the frozen window, the node type and replacements', async () => {
    answer = () => page([]);
    expect(idsOf(await walked())).toEqual([[]]);
    const [call] = calls;
    const query = new URL(call?.url ?? '', baseUrl).searchParams;
    expect(Object.fromEntries(query)).toEqual({
      createdStartDate: '2026-05-29T10:00:00Z',
      lastModifiedStartDate: '2026-11-23T09:00:00Z',
      lastModifiedEndDate: '2026-11-24T10:00:01Z',
      shipNodeType: 'WFSFulfilled',
      limit: '200',
      replacementInfo: 'true',
    });
    expect(call?.headers).toMatchObject({
      'wm_sec.access_token': 'first',
      'wm_svc.name': 'Walmart Marketplace',
      accept: 'application/json',
      'wm_qos.correlation_id': expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
    });
    expect(call?.headers.authorization).toBeUndefined();
  });

  it('appends the cursor untouched and undoes only &amp;', async () => {
    const raw = '?limit=200&hasMoreElements=true&at=2026-05-29T10:00:00-06:00&cursor=a%2Bb+c==&x=1';
    answer = ({ url }) => {
      if (!url.includes('cursor=')) return page(['1', '2'], raw, 5);
      if (url.endsWith('&x=1')) return page(['3', '4'], '?limit=200&amp;cursor=z', 5);
      return page(['5']);
    };
    expect(idsOf(await walked())).toEqual([['1', '2'], ['3', '4'], ['5']]);
    expect(calls.slice(1).map((call) => call.url)).toEqual([
      `/v3/orders${raw}`,
      '/v3/orders?limit=200&cursor=z',
    ]);
  });

  it('ends at hasMoreElements=false, at an empty page and at 404 CONTENT_NOT_FOUND', async () => {
    answer = () => page(['1'], '?hasMoreElements=false&soIndex=1');
    expect(idsOf(await walked())).toEqual([['1']]);
    answer = ({ url }) => (url.includes('c=1') ? page([], '?c=2') : page(['1'], '?c=1', 9));
    expect(idsOf(await walked())).toEqual([['1'], []]);
    answer = ({ url }) => (url.includes('c=1') ? NOT_FOUND : page(['1'], '?c=1', 9));
    expect(idsOf(await walked())).toEqual([['1'], []]);
  });

  it('ends when a cursor repeats, and says so unless everything counted was listed', async () => {
    answer = () => page(['1', '2'], '?stuck=1', 400);
    expect(idsOf(await walked())).toEqual([['1', '2'], ['1', '2'], 'walmart.list-incomplete']);
    answer = ({ url }) => page(url.includes('stuck') ? ['3'] : ['1', '2'], '?stuck=1', 3);
    expect(idsOf(await walked())).toEqual([['1', '2'], ['3']]);
  });

  it('does not take another 404, a partial answer or errors inside a 200 for an empty window', async () => {
    const failures: [Reply, string][] = [
      [{ status: 404, body: 'no such page' }, 'walmart.not-found'],
      [{ status: 206, body: page(['1']).body ?? '' }, 'walmart.partial-content'],
      [{ body: '{"list":{"errors":[{"code":"SYSTEM_ERROR"}]}}' }, 'walmart.errors-in-answer'],
      [{ body: '{"list":{"elements":{"order":[{}]}}}' }, 'walmart.errors-in-answer'],
      [{ body: '<html>maintenance</html>' }, 'walmart.answer-unreadable'],
    ];
    for (const [reply, code] of failures) {
      answer = () => reply;
      expect(idsOf(await walked())).toEqual([code]);
    }
  });

  it('gives an order another hash when anything listed about it changes', async () => {
    answer = () => ({
      body: '{"list":{"elements":{"order":{"purchaseOrderId":"1","a":1.0,"orderLines":{"orderLine":{"lineNumber":"1"}}}}}}',
    });
    const [first] = (await walked()) as WalkedPage[];
    answer = () => ({
      body: '{"list":{"elements":{"order":{"purchaseOrderId":"1","a":2,"orderLines":{"orderLine":{"lineNumber":"1"}}}}}}',
    });
    const [second] = (await walked()) as WalkedPage[];
    expect(first?.orders[0]).toMatchObject({ purchaseOrderId: '1', lines: 1 });
    expect(second?.orders[0]?.listHash).not.toBe(first?.orders[0]?.listHash);
  });
});

describe('a read', () => {
  const ping = () => client().readScopes();

  it.each([
    ['gateway', '{"error":[{"code":"INVALID_X.GMP_GATEWAY_API","description":"said"}]}'],
    ['current', '{"errors":[{"code":"INVALID_X","message":"said","field":"sku"}]}'],
    [
      'nested list',
      '{"errors":{"error":[{"code":"INVALID_X.GMP_ORDER_API","description":"said"}]}}',
    ],
    ['nested single', '{"errors":{"error":{"code":"INVALID_X","description":"said"}}}'],
    ['single', '{"error":{"code":"INVALID_X","description":"said"}}'],
    [
      'XML',
      '<?xml version="1.0"?><errors><error><code>INVALID_X.GMP_ORDER_API</code><description>said</description></error></errors>',
    ],
    [
      'XML with name space',
      '<ns2:errors><ns2:error><ns2:code>INVALID_X</ns2:code><ns2:description>said</ns2:description></ns2:error></ns2:errors>',
    ],
    [
      'XML wrapper',
      '<_InternalGMPErrorWrapper><code>INVALID_X</code><message>said</message></_InternalGMPErrorWrapper>',
    ],
  ])('reads the %s error envelope', async (_name, body) => {
    answer = () => ({ status: 400, body });
    expect(await ping()).toMatchObject({
      ok: false,
      error: {
        code: 'walmart.request-refused',
        kind: 'invalid',
        message: expect.stringContaining('INVALID_X: said') as unknown,
        detail: { status: 400, vendorCode: 'INVALID_X' },
      },
    });
    expect(calls).toHaveLength(1);
  });

  it('asks for one newer token after a 401, and only for one', async () => {
    answer = ({ headers }) =>
      headers['wm_sec.access_token'] === 'first'
        ? { status: 401 }
        : { body: '{"is_valid":true,"scopes":{"orders":"full_access","item":"view_only"}}' };
    expect(await ping()).toEqual(ok({ orders: 'full_access', item: 'view_only' }));
    expect(calls.map((call) => call.headers['wm_sec.access_token'])).toEqual([
      'first',
      'after-first',
    ]);
    answer = () => ({ status: 401, body: '{"error":[{"code":"UNAUTHORIZED.GMP_GATEWAY_API"}]}' });
    calls.length = 0;
    expect(await ping()).toMatchObject({ ok: false, error: { code: 'walmart.token-refused' } });
    expect(calls).toHaveLength(2);
  });

  it('passes on why no token could be lent', async () => {
    const refused = err(failure('not-found', 'vault.no-credentials', 'no credentials'));
    const reader = createWalmartClient({ http, clock, token: () => Promise.resolve(refused) });
    expect(await reader.readItem('A')).toEqual(refused);
    expect(calls).toEqual([]);
  });

  it('is tried again after a 5xx, also one without a body, and gives up in the end', async () => {
    answer = () => (calls.length < 3 ? { status: 503 } : { body: '{}' });
    expect(await ping()).toEqual(ok({}));
    answer = () => ({ status: 520 });
    calls.length = 0;
    expect(await ping()).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
    expect(calls).toHaveLength(3);
  });

  it('waits as long as a 429 asks, in each format met, and not longer than the limit', async () => {
    const formats = [
      () => ({ 'Retry-After': '1' }),
      () => ({ 'X-Next-Replenishment-Time': String(clock.now() + 300) }),
      () => ({ 'x-next-replenish-time': new Date(clock.now() + 300).toISOString() }),
    ];
    for (const format of formats) {
      calls.length = 0;
      const headers = format();
      const from = clock.monotonicMs();
      answer = () =>
        calls.length === 1
          ? { status: 429, headers, body: '{"error":[{"code":"REQUEST_THRESHOLD_VIOLATED"}]}' }
          : { body: '{}' };
      expect(await ping()).toEqual(ok({}));
      expect(clock.monotonicMs() - from).toBeGreaterThan(100);
    }
    calls.length = 0;
    answer = () => ({ status: 429 });
    expect(await ping()).toMatchObject({
      ok: false,
      error: { kind: 'rate-limited', retryAfterMs: 60_000 },
    });
    expect(calls).toHaveLength(1);
  });

  it('does not use an answer that belongs to another request', async () => {
    answer = () => ({ body: '{}', headers: { 'WM_QOS.CORRELATION_ID': 'other' } });
    expect(await ping()).toMatchObject({ ok: false, error: { code: 'walmart.answer-mispaired' } });
  });
});

describe('an item', () => {
  it('is read by its encoded SKU, its shelf out of a text', async () => {
    const sku = 'A/B 1?#é';
    answer = () => ({
      body: JSON.stringify({
        ItemResponse: [{ sku: sku.toLowerCase(), productType: 'Tents', shelf: '["Home","Tents"]' }],
      }),
    });
    expect(await client().readItem(sku)).toEqual(
      ok({ kind: 'known', productType: 'Tents', shelf: ['Home', 'Tents'] }),
    );
    expect(calls[0]?.url).toBe('/v3/items/A%2FB%201%3F%23%C3%A9?productIdType=SKU');
  });

  it('is unknown at 404 CONTENT_NOT_FOUND, and has no shelf when unnavigable', async () => {
    answer = () => NOT_FOUND;
    expect(await client().readItem('gone')).toEqual(ok({ kind: 'unknown' }));
    answer = () => ({
      body: '{"responseRecord":[{"sku":"x","productType":"","shelf":"[\\"UNNAV\\"]"}]}',
    });
    expect(await client().readItem('x')).toEqual(
      ok({ kind: 'known', productType: null, shelf: [] }),
    );
    answer = () => ({ status: 404, body: 'nothing here' });
    expect(await client().readItem('x')).toMatchObject({ ok: false });
  });
});

describe('a token', () => {
  const ask = () => requestWalmartToken({ http, baseUrl, clientId: 'id', clientSecret: 'a:9x7' });

  it('is asked for with Basic credentials in the documented form', async () => {
    answer = () => ({ body: '{"access_token":"eyJ","token_type":"Bearer","expires_in":900}' });
    expect(await ask()).toEqual(ok({ accessToken: 'eyJ', expiresInS: 900 }));
    expect(calls).toMatchObject([
      {
        method: 'POST',
        url: '/v3/token',
        body: 'grant_type=client_credentials',
        headers: {
          authorization: `Basic ${Buffer.from('id:a:9x7').toString('base64')}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
      },
    ]);
  });

  it('is refused by a bare 400 as by a 401, without the secret in the reason, asked once', async () => {
    for (const status of [400, 401]) {
      calls.length = 0;
      answer = () => ({ status, body: 'Bad Request' });
      const refused = await ask();
      expect(refused).toMatchObject({
        ok: false,
        error: { code: 'walmart.credentials-refused', kind: 'unauthorised' },
      });
      expect(JSON.stringify(refused)).not.toContain('9x7');
      expect(calls).toHaveLength(1);
    }
  });
});

describe('what is not a read', () => {
  it.each([
    ['POST', '/v3/orders/1796277083022/acknowledge'],
    ['POST', '/v3/orders/1796277083022/cancel'],
    ['PUT', '/v3/items/1'],
    ['DELETE', '/v3/webhooks/subscriptions/1'],
    ['GET', '/v3/orders/released'],
    ['GET', '/v3/orders/..'],
    ['GET', '/v3/items/..?productIdType=SKU'],
    ['GET', '/v3/orders/1/../../token'],
    ['POST', '/v3/orders?x=/v3/token'],
  ] as const)('stops the program before a byte leaves: %s %s', (method, path) => {
    expect(() => walmartRequest({ method, baseUrl, path, headers: {}, timeoutMs: 100 })).toThrow(
      /not among the requests/,
    );
    expect(calls).toEqual([]);
  });
});
