import { appendFileSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openTruthLog } from './truth-log.js';
import { CLIENT, DAY_MS, NOW, SELLER, SpecWorld, orderAt } from './spec-world.js';

let world: SpecWorld;

beforeEach(async () => {
  world = await SpecWorld.start();
});
afterEach(() => world.close());

describe('token (Walmart auth, section 1)', () => {
  it('is lent for 900 s to a known client, as JSON when asked for', async () => {
    const reply = await world.requestToken();
    expect(reply.json()).toMatchObject({ token_type: 'Bearer', expires_in: 900 });
    expect(reply.headers['wm_qos.correlation_id']).toBe('correlation-token');
  });

  it('comes as XML without Accept', async () => {
    const reply = await world.requestToken({ headers: { Accept: '' } });
    expect(reply.text).toMatch(/<OAuthTokenDTO>.*<accessToken>.+<\/accessToken>/s);
  });

  it.each([
    ['a wrong secret', { headers: { Authorization: `Basic ${btoa('client-a:wrong')}` } }],
    ['an unknown client', { headers: { Authorization: `Basic ${btoa('nobody:x')}` } }],
    ['another grant', { body: 'grant_type=password' }],
  ])('meets %s with a bare 400', async (_, options) => {
    const reply = await world.requestToken(options);
    expect([reply.status, reply.text]).toEqual([400, 'Bad Request']);
  });

  it('names a missing header', async () => {
    const reply = await world.requestToken({ headers: { 'WM_SVC.NAME': '' } });
    expect(reply.status).toBe(400);
    expect(reply.text).toContain('WM_SVC.NAME');
  });

  it('works until it expires, beside others, and not as a Bearer header', async () => {
    await world.orders([orderAt('a', DAY_MS)]);
    const early = await world.token();
    const other = await world.token();
    world.time.now += 899_000;
    expect((await world.get('/v3/orders/a', early)).status).toBe(200);
    expect((await world.get('/v3/orders/a', other)).status).toBe(200);
    world.time.now += 1_000;
    const late = await world.get('/v3/orders/a', early);
    expect(late.status).toBe(401);
    expect(late.text).toContain('UNAUTHORIZED.GMP_GATEWAY_API');
    const headers = { Authorization: `Bearer ${await world.token()}`, 'WM_SVC.NAME': 's' };
    expect((await world.call('/v3/orders/a', { headers })).status).toBe(401);
  });

  it('tells about itself', async () => {
    const token = await world.token();
    const reply = await world.get('/v3/token/detail', token);
    expect(reply.json()).toMatchObject({ is_valid: true, expire_at: String(NOW + 900_000) });
  });

  it('opens one seller’s orders only, and ends when the client changes', async () => {
    await world.control('PUT', '/sellers/10002', { clientId: 'client-b', clientSecret: 'b' });
    await world.control('POST', '/sellers/10002/orders', [orderAt('b-1', DAY_MS)]);
    const token = await world.token();
    expect((await world.get('/v3/orders/b-1', token)).status).toBe(404);
    await world.control('PUT', `/sellers/${SELLER}`, { ...CLIENT, clientSecret: 'new' });
    expect((await world.get('/v3/orders/b-1', token)).status).toBe(401);
  });
});

describe('rates (section 5)', () => {
  it('count down, refuse with 429 and refill evenly', async () => {
    await world.orders([orderAt('a', DAY_MS)]);
    await world.control('PUT', `/sellers/${SELLER}/rates`, { orderById: 2 });
    const token = await world.token();
    const first = await world.get('/v3/orders/a', token);
    expect(first.headers['x-current-token-count']).toBe('1');
    await world.get('/v3/orders/a', token);
    const refused = await world.get('/v3/orders/a', token);
    expect(refused.status).toBe(429);
    expect(refused.text).toContain('REQUEST_THRESHOLD_VIOLATED');
    expect(refused.headers['x-next-replenish-time']).toBe(String(NOW + 30_000));
    expect((await world.get('/v3/orders', token)).status).toBe(200);
    world.time.monotonicMs += 30_000;
    expect((await world.get('/v3/orders/a', token)).status).toBe(200);
  });
});

describe('what is not offered', () => {
  it('refuses every write and keeps it as a violation', async () => {
    const reply = await world.call('/v3/orders/a/acknowledge', { method: 'POST', body: '{}' });
    expect(reply.status).toBe(405);
    expect(world.truth().at(-1)).toMatchObject({
      kind: 'request',
      outcome: 'violation',
      requestBytes: 2,
    });
  });

  it('answers 404 on other paths and 400 without the correlation id', async () => {
    expect((await world.get('/v3/feeds')).status).toBe(404);
    const headers = { 'WM_SEC.ACCESS_TOKEN': await world.token(), 'WM_SVC.NAME': 's' };
    expect((await world.call('/v3/orders', { headers })).status).toBe(400);
  });
});

describe('planted faults', () => {
  it('fire at the n-th matching call, for one seller and path', async () => {
    await world.orders([orderAt('a', DAY_MS)]);
    await world.control('POST', '/faults', { pathPrefix: '/v3/orders/', nth: 2, status: 503 });
    const token = await world.token();
    const statuses: number[] = [];
    for (let at = 0; at < 3; at += 1)
      statuses.push((await world.get('/v3/orders/a', token)).status);
    expect(statuses).toEqual([200, 503, 200]);
    await world.control('POST', '/faults', {
      pathPrefix: '/v3/orders',
      seller: SELLER,
      reset: true,
    });
    await expect(world.get('/v3/orders', token)).rejects.toThrow();
    expect(world.truth().at(-1)).toMatchObject({ outcome: 'faulted', status: 0 });
  });
});

describe('the truth log', () => {
  it('numbers every record, keeps control changes and no secret', async () => {
    await world.orders([orderAt('a', DAY_MS)]);
    await world.control('POST', `/sellers/${SELLER}/items`, [{ sku: 'A', productType: 'Mugs' }]);
    const token = await world.token();
    await world.get('/v3/orders?limit=5', token);
    const records = world.truth();
    expect(records.map((record) => record['seq'])).toEqual(records.map((_, at) => at + 1));
    expect(records.map((record) => record['kind'])).toEqual([
      'started',
      'started',
      'order-committed',
      'item-committed',
      'token-issued',
      'request',
      'request',
    ]);
    expect(records.at(-1)).toMatchObject({
      system: 'walmart',
      at: '2026-11-24T12:00:00.000Z',
      method: 'GET',
      path: '/v3/orders?limit=5',
      account: SELLER,
      client: 'client-a',
      correlationId: 'correlation-1',
      outcome: 'served',
      conn: 1,
    });
    expect(records[2]).toMatchObject({ created: '2026-11-23T12:00:00.000Z', seller: SELLER });
    const text = readFileSync(world.simulator.truthFile, 'utf8');
    expect(text).not.toContain(CLIENT.clientSecret);
    expect(text).not.toContain(token);
  });

  it('goes on after a kill: drops the unfinished line, keeps the sequence', () => {
    const before = world.truth().length;
    appendFileSync(world.simulator.truthFile, '{"seq":99,"at":"20');
    const clock = { now: () => NOW, monotonicMs: () => 0 };
    const log = openTruthLog(world.dir, clock);
    log.append({ kind: 'started', settings: {} });
    log.close();
    expect(world.truth().at(-1)).toMatchObject({ seq: before + 1, kind: 'started' });
  });

  it('takes a later version of an order, and counts', async () => {
    await world.orders([orderAt('a', DAY_MS), orderAt('b', DAY_MS)]);
    const { order } = orderAt('a', DAY_MS, { order: { note: 'late' } });
    await world.control('PATCH', `/sellers/${SELLER}/orders/a`, { modified: NOW, order });
    expect((await world.get('/v3/orders/a')).text).toContain('"note":"late"');
    expect(await world.control('GET', `/sellers/${SELLER}/summary`)).toMatchObject({
      orders: 2,
      lines: 2,
    });
    const committed = world.truth().filter(({ kind }) => kind === 'order-committed');
    expect(committed.map((record) => record['modified'])).toEqual([
      '2026-11-23T12:00:00.000Z',
      '2026-11-23T12:00:00.000Z',
      '2026-11-24T12:00:00.000Z',
    ]);
  });
});
