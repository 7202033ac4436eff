import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  openWorld,
  passwordGrant,
  smallTenant,
  type IonApi,
  type VendorWorld,
} from './vendor-world.js';

let world: VendorWorld;
let acme: IonApi;
let bolt: IonApi;
let nowMs = Date.UTC(2026, 10, 20);

beforeAll(async () => {
  world = await openWorld({ now: () => nowMs, monotonicMs: () => nowMs });
  acme = (await world.control('PUT', '/tenants/ACME_TST', smallTenant())).json as IonApi;
  bolt = (await world.control('PUT', '/tenants/BOLT_PRD', smallTenant({ region: 'eu1' })))
    .json as IonApi;
});

afterAll(() => world.close());

const FSM = '/ACME_TST/FSM/fsm/soap/classes/Currency/lists/_generic';

describe('1: the .ionapi file', () => {
  it('holds what a backend service gets, prefixes included', () => {
    expect(acme).toMatchObject({
      ti: 'ACME_TST',
      iu: `https://localhost:${world.simulator.port}`,
      pu: `https://localhost:${world.simulator.port}/ACME_TST/as/`,
      oa: 'authorization.oauth2',
      ot: 'token.oauth2',
      or: 'revoke_token.oauth2',
      v: '1.1',
      dt: '12',
    });
    expect(acme.ci).toMatch(/^ACME_TST~/);
    expect(acme.saak).toMatch(/^ACME_TST#/);
  });
});

describe('2: OAuth 2.0', () => {
  it('password grant with Basic client authentication gives a bearer token with a lifetime', async () => {
    const reply = await world.vendor('/ACME_TST/as/token.oauth2', passwordGrant(acme));
    expect(reply.status).toBe(200);
    expect(reply.json).toMatchObject({ token_type: 'Bearer', expires_in: 7200 });
    expect(reply.json).not.toHaveProperty('refresh_token');
    expect(reply.headers['x-sts-trace-id']).toMatch(/^Root=1-/);
    expect(
      world
        .truth()
        .filter((one) => one.kind === 'token-issued')
        .at(-1),
    ).toMatchObject({
      account: 'ACME_TST',
      client: acme.ci,
      expiresAt: '2026-11-20T02:00:00.000Z',
    });
  });

  it('client credentials in the body work too', async () => {
    const grant = passwordGrant(acme, { client_id: acme.ci, client_secret: acme.cs });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const reply = await world.vendor('/ACME_TST/as/token.oauth2', { ...grant, headers });
    expect(reply.status).toBe(200);
  });

  it('a wrong service account is 400 invalid_grant, a wrong client 401 invalid_client', async () => {
    const path = '/ACME_TST/as/token.oauth2';
    const password = await world.vendor(path, passwordGrant(acme, { password: 'wrong' }));
    expect([password.status, password.json]).toMatchObject([400, { error: 'invalid_grant' }]);
    const client = await world.vendor(path, passwordGrant({ ...acme, cs: 'wrong' }));
    expect([client.status, client.json]).toMatchObject([401, { error: 'invalid_client' }]);
    const kind = await world.vendor(
      path,
      passwordGrant(acme, { grant_type: 'client_credentials' }),
    );
    expect([kind.status, kind.json]).toMatchObject([400, { error: 'unsupported_grant_type' }]);
  });

  it("another tenant's credentials are refused and a violation in the truth log", async () => {
    const reply = await world.vendor('/ACME_TST/as/token.oauth2', passwordGrant(bolt));
    expect(reply.status).toBe(401);
    expect(world.truth().at(-1)).toMatchObject({ kind: 'request', outcome: 'violation' });
  });

  it('a revoked token no longer opens the gateway', async () => {
    const token = await world.token(acme);
    expect((await world.vendor(FSM, { token })).status).toBe(200);
    const { headers } = passwordGrant(acme);
    await world.vendor('/ACME_TST/as/revoke_token.oauth2', {
      method: 'POST',
      headers: headers ?? {},
      body: new URLSearchParams({ token, token_type_hint: 'access_token' }).toString(),
    });
    expect((await world.vendor(FSM, { token })).status).toBe(401);
  });

  it('refresh tokens come and work only when the app issues them', async () => {
    await world.control('PATCH', '/tenants/BOLT_PRD/settings', { issueRefreshTokens: true });
    const path = '/BOLT_PRD/as/token.oauth2';
    const first = await world.vendor(path, passwordGrant(bolt));
    const { refresh_token } = first.json as { refresh_token: string };
    const again = await world.vendor(
      path,
      passwordGrant(bolt, { grant_type: 'refresh_token', refresh_token }),
    );
    expect(again.status).toBe(200);
    expect(again.json).toHaveProperty('access_token');
  });

  it('2, limits: logins are counted, and refused above a daily limit when that switch is on', async () => {
    await world.control('PATCH', '/tenants/BOLT_PRD/settings', { tokensPerDay: 1 });
    const reply = await world.vendor('/BOLT_PRD/as/token.oauth2', passwordGrant(bolt));
    expect(reply.status).toBe(429);
    const summary = (await world.control('GET', '/tenants/BOLT_PRD/ledger-summary')).json;
    expect(summary).toMatchObject({ counters: { logins: 2, tokens: 2, refusedLogins: 1 } });
    await world.control('PATCH', '/tenants/BOLT_PRD/settings', { tokensPerDay: 0 });
  });
});

describe('3: the gateway', () => {
  it('401 with the gateway body without a token, with a made-up one and with an expired one', async () => {
    const token = await world.token(acme);
    const unknown = { status: 401, json: { error: 'Unauthorized' } };
    expect(await world.vendor(FSM)).toMatchObject(unknown);
    expect(await world.vendor(FSM, { token: 'made.up.token' })).toMatchObject(unknown);
    expect((await world.vendor(FSM, { token })).status).toBe(200);
    nowMs += 7_200_000;
    expect(await world.vendor(FSM, { token })).toMatchObject(unknown);
  });

  it("another tenant's token is 401 and a violation in the truth log", async () => {
    const reply = await world.vendor(FSM, { token: await world.token(bolt) });
    expect(reply.status).toBe(401);
    expect(world.truth().at(-1)).toMatchObject({
      kind: 'request',
      account: 'ACME_TST',
      client: bolt.ci,
      status: 401,
      outcome: 'violation',
    });
  });

  it('404 without an endpoint, 405 for a wrong method', async () => {
    const token = await world.token(acme);
    expect((await world.vendor('/ACME_TST/M3/m3api-rest/v2/execute', { token })).status).toBe(404);
    expect((await world.vendor(FSM, { token, method: 'POST' })).status).toBe(405);
  });

  it('answers carry server, x-transaction-id and lmrk-ws-guid, logged as correlation id', async () => {
    const token = await world.token(acme);
    const { headers } = await world.vendor(FSM, { token });
    expect(headers['server']).toMatch(/^ionapi-/);
    expect(headers['x-transaction-id']).toMatch(/^\d+-[0-9a-f-]{36}$/);
    expect(headers['lmrk-ws-guid']).toBe(headers['x-transaction-id']);
    expect(world.truth().at(-1)).toMatchObject({ correlationId: headers['x-transaction-id'] });
  });

  it('429 above the quota when one is set, with the rate limit headers', async () => {
    const token = await world.token(acme);
    await world.control('PATCH', '/tenants/ACME_TST/settings', { requestsPerMinute: 1 });
    const first = await world.vendor(FSM, { token });
    expect([first.status, first.headers['x-ratelimit-remaining']]).toEqual([200, '0']);
    expect((await world.vendor(FSM, { token })).status).toBe(429);
    nowMs += 60_000;
    expect((await world.vendor(FSM, { token })).status).toBe(200);
    await world.control('PATCH', '/tenants/ACME_TST/settings', { requestsPerMinute: 0 });
  });
});

describe('the truth log', () => {
  it('numbers its records without a gap and holds no secret and no token', async () => {
    const token = await world.token(acme);
    const records = world.truth();
    expect(records.map((one) => one['seq'])).toEqual(records.map((_, at) => at + 1));
    expect(records[0]).toMatchObject({ kind: 'started', system: 'cloudsuite' });
    const text = JSON.stringify(records);
    for (const secret of [token, acme.cs, acme.sask, bolt.cs]) expect(text).not.toContain(secret);
  });
});
