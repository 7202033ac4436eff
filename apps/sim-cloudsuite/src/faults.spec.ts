import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { line, openWorld, smallTenant, type IonApi, type VendorWorld } from './vendor-world.js';

const BASE = '/ACME_TST/FSM/fsm/soap';
const BATCH = `${BASE}/classes/GLTransactionInterface/actions/CreateUnreleased/batch`;

let world: VendorWorld;
let token: string;

beforeAll(async () => {
  world = await openWorld();
  const ionapi = (await world.control('PUT', '/tenants/ACME_TST', smallTenant())).json as IonApi;
  token = await world.token(ionapi);
});

afterEach(() => world.control('DELETE', '/faults'));
afterAll(() => world.close());

function stage(runGroup: string) {
  const body = JSON.stringify({ _records: [line(runGroup, 1)] });
  return world.vendor(BATCH, { token, method: 'POST', body });
}

async function stagedCount(runGroup: string): Promise<number> {
  const filter = encodeURIComponent(`GLTransactionInterface.RunGroup::${runGroup}`);
  const path = `${BASE}/classes/GLTransactionInterface/lists/_generic?_filter=${filter}&_recordCountOnly=true`;
  return ((await world.vendor(path, { token })).json as { _count: number })._count;
}

const batchTruth = () =>
  world.truth().findLast((one) => one.kind === 'request' && String(one['path']).includes('/batch'));

async function plant(fault: Record<string, unknown>): Promise<void> {
  const planted = { tenant: 'ACME_TST', pathContains: '/batch', ...fault };
  expect((await world.control('POST', '/faults', planted)).status).toBe(201);
}

describe('planted faults', () => {
  it('reset-before-work: cut, nothing staged', async () => {
    await plant({ action: 'reset-before-work' });
    await expect(stage('CUT1')).rejects.toThrow();
    expect(await stagedCount('CUT1')).toBe(0);
    expect(batchTruth()).toMatchObject({
      status: 0,
      outcome: 'faulted',
      note: 'reset-before-work',
    });
  });

  it('commit-then-drop: cut, and staged all the same', async () => {
    await plant({ action: 'commit-then-drop' });
    await expect(stage('CUT2')).rejects.toThrow();
    expect(await stagedCount('CUT2')).toBe(1);
    expect(batchTruth()).toMatchObject({ outcome: 'faulted' });
  });

  it('3: a 504 after which the backend keeps working', async () => {
    await plant({ action: 'status', status: 504, afterWork: true });
    const reply = await stage('SLOW1');
    expect([reply.status, reply.json]).toMatchObject([504, { error: { cause: {} } }]);
    expect(await stagedCount('SLOW1')).toBe(1);
  });

  it('a status instead of the work', async () => {
    await plant({
      action: 'status',
      status: 503,
      body: '{"down":true}',
      headers: { 'retry-after': '1' },
    });
    const reply = await stage('DOWN1');
    expect([reply.status, reply.json, reply.headers['retry-after']]).toEqual([
      503,
      { down: true },
      '1',
    ]);
    expect(await stagedCount('DOWN1')).toBe(0);
  });

  it('delay and answer-late answer in the end', async () => {
    await plant({ action: 'delay', delayMs: 30 });
    const before = performance.now();
    expect((await stage('LATE1')).status).toBe(200);
    await plant({ action: 'answer-late', delayMs: 30 });
    expect((await stage('LATE2')).status).toBe(200);
    expect(performance.now() - before).toBeGreaterThanOrEqual(58);
    expect(await stagedCount('LATE2')).toBe(1);
  });

  it('nth fires from the nth match, times in a row; every at each kth', async () => {
    await plant({ action: 'status', status: 500, nth: 2, times: 2 });
    const nth = [];
    for (let at = 0; at < 4; at += 1) nth.push((await stage(`NTH${at}`)).status);
    expect(nth).toEqual([200, 500, 500, 200]);
    await world.control('DELETE', '/faults');
    await plant({ action: 'status', status: 500, every: 2, times: 1 });
    const every = [];
    for (let at = 0; at < 4; at += 1) every.push((await stage(`EVERY${at}`)).status);
    expect(every).toEqual([200, 500, 200, 200]);
  });

  it('touches no other tenant', async () => {
    await plant({ tenant: 'BOLT_PRD', action: 'reset-before-work', every: 1 });
    expect((await stage('OTHER1')).status).toBe(200);
  });
});

describe('control: refusals', () => {
  it('says which member of a body is wrong', async () => {
    const fault = await world.control('POST', '/faults', { action: 'status' });
    expect([fault.status, fault.json]).toMatchObject([
      400,
      { error: expect.stringContaining('status') },
    ]);
    const settings = await world.control('PATCH', '/tenants/ACME_TST/settings', { tokenSecond: 1 });
    expect(settings.status).toBe(400);
    const wrongPrefix = smallTenant({ clientId: 'OTHER~x' });
    expect((await world.control('PUT', '/tenants/ACME_TST', wrongPrefix)).status).toBe(400);
    expect((await world.control('GET', '/tenants/NOSUCH_TST/ledger-summary')).status).toBe(404);
  });
});

describe('control: a tenant put again', () => {
  it('keeps its staging and logs only the accounts that changed', async () => {
    await stage('KEEP1');
    const chart = [
      ...smallTenant().chart,
      { account: '40900', description: 'Shipping', active: true, restricted: false },
    ];
    const ionapi = (await world.control('GET', '/tenants/ACME_TST/ionapi')).json as IonApi;
    const body = smallTenant({
      chart,
      clientId: ionapi.ci,
      clientSecret: ionapi.cs,
      saak: ionapi.saak,
      sask: ionapi.sask,
    });
    const before = world.truth().length;
    await world.control('PUT', '/tenants/ACME_TST', body);
    expect(world.truth().slice(before)).toMatchObject([
      { kind: 'chart-committed', tenant: 'ACME_TST', account: '40900', restricted: false },
    ]);
    expect(await stagedCount('KEEP1')).toBe(1);
  });
});
