import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { lineEndpoints, problemSchema, sellerEndpoints } from '@mlc/api';
import { tenantApp, type TenantApp } from '../spec/tenant-app.js';

let api: TenantApp;
beforeAll(async () => {
  api = await tenantApp();
}, 120_000);
afterAll(() => api.close());

const endpoints = [...Object.values(sellerEndpoints), ...Object.values(lineEndpoints)];

interface Layer {
  readonly route?: { readonly path: string; readonly methods: Record<string, boolean> };
}

/** Every route express knows, as Nest bound it. */
function routes(): string[] {
  const express = api.app.getHttpAdapter().getInstance() as { router: { stack: Layer[] } };
  return express.router.stack.flatMap(({ route }) =>
    route
      ? Object.keys(route.methods).map((method) => `${method.toUpperCase()} ${route.path}`)
      : [],
  );
}

const ask = async (path: string, headers: Record<string, string>, method = 'GET') => {
  const answer = await fetch(api.url + path, { method, headers });
  return {
    status: answer.status,
    type: answer.headers.get('content-type'),
    correlationId: answer.headers.get('x-correlation-id'),
    problem: problemSchema.parse(await answer.json()),
  };
};

describe('the door', () => {
  it('has exactly the routes of the contract', () => {
    const wanted = endpoints.map(({ method, path }) => `${method} ${path}`);
    expect(routes().sort()).toEqual(wanted.sort());
  });

  it.each([
    ['no key', {}],
    ['another secret', { authorization: `Bearer wmc_live_admin_${'0'.repeat(64)}` }],
    ['another key', { authorization: `Bearer wmc_live_other_${'0'.repeat(64)}` }],
    ['no key at all', { authorization: 'Bearer open-sesame' }],
    ['another scheme', { authorization: 'Basic YWRtaW46YWRtaW4=' }],
  ])('stays shut for %s, at every route', async (_, headers: Record<string, string>) => {
    for (const { method, path } of endpoints) {
      const answer = await ask(path.replace(/:[A-Za-z]+/g, 'x'), headers, method);
      expect(answer).toMatchObject({
        status: 401,
        type: expect.stringContaining('application/problem+json'),
        problem: { code: 'key-refused' },
      });
    }
  });

  it('takes no key from the query', async () => {
    const answer = await ask(`/v1/sellers?access_token=${api.key}`, {});
    expect(answer.status).toBe(401);
  });

  it('says of an unknown seller, and of what can be none, that there is none', async () => {
    const headers = { authorization: `Bearer ${api.key}`, 'x-correlation-id': 'spec-4711' };
    for (const sellerId of ['unknown', 'a,b', "' or 1=1"]) {
      const answer = await ask(`/v1/sellers/${encodeURIComponent(sellerId)}/lines`, headers);
      expect(answer).toMatchObject({
        status: 404,
        correlationId: 'spec-4711',
        problem: { code: 'seller-unknown', correlationId: 'spec-4711' },
      });
    }
  });

  it('names every field of a body that does not fit, and repeats no value', async () => {
    const answer = await fetch(`${api.url}/v1/sellers`, {
      method: 'POST',
      headers: { authorization: `Bearer ${api.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: '', currency: 'EUR', secret: 'do-not-repeat' }),
    });
    const text = await answer.text();
    expect(answer.status).toBe(422);
    expect(text).not.toContain('do-not-repeat');
    const { errors } = problemSchema.parse(JSON.parse(text));
    expect(errors?.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['name', 'currency', 'ledger', 'goLiveDate', 'polling']),
    );
  });

  it('refuses a cursor it did not give', async () => {
    const headers = { authorization: `Bearer ${api.key}` };
    const answer = await ask('/v1/sellers?cursor=%2F%2F', headers);
    expect(answer).toMatchObject({ status: 400, problem: { code: 'invalid-cursor' } });
  });
});
