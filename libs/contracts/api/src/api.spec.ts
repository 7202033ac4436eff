import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import {
  type ApiAnswer,
  type ApiRequest,
  callEndpoint,
  defineEndpoint,
  type Endpoint,
  lineEndpoints,
  sellerEndpoints,
} from './index.js';

type AnyEndpoint = Pick<
  Endpoint<unknown, unknown, unknown, unknown>,
  'method' | 'path' | 'summary' | 'permission' | 'audit' | 'params'
>;
const endpoints = Object.entries<AnyEndpoint>({ ...sellerEndpoints, ...lineEndpoints }).map(
  ([name, endpoint]) => ({ name, ...endpoint }),
);

const note = defineEndpoint({
  method: 'PUT',
  path: '/v1/shelves/:shelf/notes/:noteId',
  summary: 'A note.',
  params: z.object({ shelf: z.string(), noteId: z.string() }),
  query: z.object({ from: z.string().optional(), limit: z.number().optional() }),
  body: z.object({ text: z.string() }),
  success: z.object({ length: z.int() }),
  audit: 'note-written',
});

/** Something that carries bytes, and what it was given. */
function wire(answer: ApiAnswer) {
  const sent: ApiRequest[] = [];
  return {
    sent,
    send: (request: ApiRequest) => {
      sent.push(request);
      return Promise.resolve(answer);
    },
  };
}

const good: ApiAnswer = { status: 200, body: '{"length":3}' };
const params = { shelf: 'left', noteId: 'n1' };

describe('calling an endpoint', () => {
  it('fills the path and the query, percent-encoded, and leaves out what is not given', async () => {
    const { send, sent } = wire(good);
    const answer = await callEndpoint(send, note, {
      params: { shelf: 'a/b ?#%', noteId: '../x' },
      query: { from: 'a&b=c', limit: 5 },
      body: { text: 'abc' },
    });
    expect(answer).toEqual({ ok: true, value: { length: 3 } });
    await callEndpoint(send, note, { params, query: { limit: 0 } });
    await callEndpoint(send, note, { params });
    expect(sent).toEqual([
      {
        method: 'PUT',
        path: '/v1/shelves/a%2Fb%20%3F%23%25/notes/..%2Fx?from=a%26b%3Dc&limit=5',
        body: '{"text":"abc"}',
      },
      { method: 'PUT', path: '/v1/shelves/left/notes/n1?limit=0', body: null },
      { method: 'PUT', path: '/v1/shelves/left/notes/n1', body: null },
    ]);
  });

  it('sends nothing when a path parameter is missing', async () => {
    const { send, sent } = wire(good);
    await expect(callEndpoint(send, note)).rejects.toThrow('needs shelf');
    expect(sent).toEqual([]);
  });

  it('makes a failure of a problem, with its code and its detail', async () => {
    const problem = {
      type: 'urn:ml-connector:problem:shelf.full',
      title: 'Conflict',
      status: 409,
      code: 'shelf.full',
      detail: 'The shelf holds 40 notes; remove one first.',
      correlationId: 'c1',
    };
    for (const status of [400, 409, 500]) {
      const { send } = wire({ status, body: JSON.stringify({ ...problem, status }) });
      expect(await callEndpoint(send, note, { params })).toEqual({
        ok: false,
        error: expect.objectContaining({ code: problem.code, message: problem.detail }),
      });
    }
  });

  it.each([
    ['a page of a proxy', { status: 502, body: '<html>Bad gateway</html>' }],
    ['an error without problem details', { status: 500, body: '{"length":3}' }],
    ['a success that is not JSON', { status: 200, body: 'ok' }],
    ['nothing', { status: 204, body: '' }],
  ])('takes %s as unavailable', async (_, answer) => {
    expect(await callEndpoint(wire(answer).send, note, { params })).toMatchObject({
      ok: false,
      error: { kind: 'unavailable', code: 'api.unreadable' },
    });
  });

  it.each(['{}', '{"length":"3"}', '{"length":1.5}', 'null', '[]'])(
    'refuses %s, which breaks the contract',
    async (body) => {
      expect(await callEndpoint(wire({ status: 200, body }).send, note, { params })).toMatchObject({
        ok: false,
        error: { kind: 'bug', code: 'api.contract' },
      });
    },
  );
});

describe('the table of endpoints', () => {
  it('has each method and path once', () => {
    const routes = endpoints.map(({ method, path }) => `${method} ${path.replace(/:\w+/g, ':')}`);
    expect(new Set(routes).size).toBe(routes.length);
  });

  it('has an audit action of its own for whatever changes something, and none for reading', () => {
    const actions = endpoints.filter(({ method }) => method !== 'GET').map(({ audit }) => audit);
    expect(actions.length).toBeGreaterThan(5);
    expect(actions).not.toContain('read');
    expect(new Set(actions).size).toBe(actions.length);
    for (const action of actions) expect(action).toMatch(/^[a-z]+(-[a-z]+)*$/);
    const reads = endpoints.filter(({ method }) => method === 'GET');
    for (const { audit } of reads) expect(audit).toBe('read');
  });

  it.each(endpoints)('$name asks for the parameters of its path', ({ path, params: shape }) => {
    const named = [...path.matchAll(/:([A-Za-z]+)/g)].map(([, name]) => name ?? '');
    const filled = Object.fromEntries(named.map((name) => [name, 'x1']));
    expect(shape.parse(filled)).toEqual(filled);
    for (const name of named) {
      expect(shape.safeParse({ ...filled, [name]: undefined }).success).toBe(false);
    }
  });

  it.each(endpoints)('$name is no endpoint for everyone, and says what it does', (endpoint) => {
    expect(endpoint.permission).toBe('admin');
    expect(endpoint.summary).toMatch(/^[A-Z].*\.$/);
    expect(endpoint.path).toMatch(/^\/v1\//);
  });
});

describe('a new seller', () => {
  const { body } = sellerEndpoints.createSeller;
  const seller = {
    name: 'Northridge Housewares',
    market: 'US',
    walmartSellerId: '10001174255',
    ledger: { tenant: 'NORTHRIDGE_PRD', enterpriseGroup: '1', accountingEntity: '2100' },
    currency: 'USD',
    accountingZone: 'America/New_York',
    goLiveDate: '2026-03-01',
    polling: { everyMs: 300_000 },
  };

  it('needs a go-live date, and takes what is safe for the rest', () => {
    expect(body.parse(seller)).toMatchObject({ closedPeriod: 'held', traceField: 'UniqueID' });
    const { goLiveDate, ...without } = seller;
    expect(goLiveDate).toBe('2026-03-01');
    expect(body.safeParse(without).success).toBe(false);
  });

  it.each([
    { goLiveDate: '2026-02-30' },
    { accountingZone: 'Mars/Olympus' },
    { market: 'CA' },
    { walmartSellerId: '' },
    { polling: { everyMs: 10 } },
    { surplus: true },
  ])('is refused with %o', (wrong) => {
    expect(body.safeParse({ ...seller, ...wrong }).success).toBe(false);
  });
});
