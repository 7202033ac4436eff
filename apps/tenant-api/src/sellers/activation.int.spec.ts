import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { lineEndpoints, type NewSeller, sellerEndpoints } from '@mlc/api';
import { commandAnswered, type Envelope, TOPICS } from '@mlc/events';
import { type Result, unwrap } from '@mlc/kernel';
import { waitFor } from '@mlc/testing';
import { projectAnswers } from '../read-model/project-flows.js';
import { projectLines } from '../read-model/project-lines.js';
import { envelope, lineState, linesEvent } from '../spec/events.js';
import { tenantApp, type TenantApp } from '../spec/tenant-app.js';
import { sellerIdOf } from './create-seller.js';

let api: TenantApp;
beforeAll(async () => {
  api = await tenantApp();
}, 120_000);
afterAll(() => api.close());

const body: NewSeller = {
  name: 'Alma Lamps',
  market: 'US',
  walmartSellerId: '10001',
  ledger: { tenant: 'ALMA_TST', enterpriseGroup: '1000', accountingEntity: '1001' },
  currency: 'USD',
  accountingZone: 'America/New_York',
  goLiveDate: '2026-02-01',
  closedPeriod: 'held',
  traceField: 'UniqueID',
  polling: { everyMs: 60_000, paused: false },
};
const sellerId = sellerIdOf(body);
const params = { sellerId };
const block = (account: string) => ({ account, accountingUnit: '', dimensions: {} });
const rules = {
  fromDate: '2026-02-01',
  clearing: block('12000'),
  tax: { policy: 'excluded' as const },
  rules: [{ when: { chargeType: 'PRODUCT' }, post: block('40000') }],
};

async function refusedWith(answer: Promise<Result<unknown>>): Promise<string> {
  const result = await answer;
  return result.ok ? 'not refused' : result.error.code;
}

/** Published and not yet sent, oldest first. */
const outbox = async (topic: string): Promise<Envelope[]> => {
  const rows = await api.tenant.db.asSystem((tx) =>
    tx.query<{ message: string }>(
      'select message from tenant.outbox where topic = $1 and seller_id = $2 order by id',
      [topic, sellerId],
    ),
  );
  return rows.map((row) => JSON.parse(row.message) as Envelope);
};

/** Pings, and answers the two commands as ingestion and gl-posting would. */
async function pingAnswered(ok: boolean) {
  const before = (await outbox(TOPICS.command.name)).length;
  const asked = api.call(sellerEndpoints.ping, { params });
  const issued = await waitFor(async () => {
    const all = await outbox(TOPICS.command.name);
    return all.length === before + 2 && all.slice(before);
  });
  const answers = issued.map(({ payload }) => {
    const { commandId, command } = payload as {
      commandId: string;
      command: { target: 'ingestion' | 'gl-posting' };
    };
    return envelope(commandAnswered, sellerId, {
      commandId,
      by: command.target,
      ok,
      message: ok ? 'Reached.' : 'Account 40000 is not in the chart.',
      detail: {},
    });
  });
  await api.tenant.db.forSellers([sellerId], (tx) => projectAnswers(tx, answers));
  return { answer: unwrap(await asked), issued };
}

describe('from onboarding to live', () => {
  it('creates a seller once', async () => {
    const created = unwrap(await api.call(sellerEndpoints.createSeller, { body }));
    expect(created).toMatchObject({ sellerId, version: 1, state: 'onboarding' });
    expect(unwrap(await api.call(sellerEndpoints.createSeller, { body }))).toEqual(created);
    expect(await outbox(TOPICS.seller.name)).toHaveLength(1);
    expect(await outbox(TOPICS.audit.name)).toHaveLength(1);
    const other = { ...body, goLiveDate: '2026-01-01' };
    expect(await refusedWith(api.call(sellerEndpoints.createSeller, { body: other }))).toBe(
      'seller-differs',
    );
    const list = unwrap(await api.call(sellerEndpoints.listSellers, { query: { limit: 10 } }));
    expect(list).toEqual({ items: [created], next: null });
  });

  it('does not start the shadow before everything is there', async () => {
    expect(await refusedWith(api.call(sellerEndpoints.startShadow, { params }))).toBe('not-ready');
    expect(await refusedWith(api.call(sellerEndpoints.pollNow, { params }))).toBe('not-reading');
  });

  it('seals credentials and keeps none of them', async () => {
    const clientSecret = 'hush-hush-secret';
    const walmart = { clientId: 'client', clientSecret, baseUrl: 'https://localhost:8443' };
    unwrap(await api.call(sellerEndpoints.sealWalmart, { params, body: walmart }));
    const foreign = { ionapi: { ti: 'OTHER_TST' } };
    const refused = api.call(sellerEndpoints.sealCloudSuite, { params, body: foreign });
    expect(await refusedWith(refused)).toBe('other-tenant');
    expect(api.sealed.has(`${sellerId}/cloudsuite`)).toBe(false);
    const ionapi = { ti: 'ALMA_TST', sask: 'hush-hush-sask' };
    unwrap(await api.call(sellerEndpoints.sealCloudSuite, { params, body: { ionapi } }));
    const kept = await api.tenant.db.forSellers([sellerId], (tx) =>
      tx.query<{ text: string }>(
        `select string_agg(t::text, '') as text from (
           select to_jsonb(c) as t from tenant.sealed_credential c
           union all select to_jsonb(a) from tenant.audit_record a) as everything`,
      ),
    );
    expect(kept[0]?.text).toContain('walmart-credentials-sealed');
    expect(kept[0]?.text).not.toContain('hush-hush');
    expect(JSON.stringify(await outbox(TOPICS.audit.name))).not.toContain('hush-hush');
  });

  it('publishes immutable rule sets, and refuses rules that never match', async () => {
    const twice = { ...rules, rules: [...rules.rules, ...rules.rules] };
    expect(
      await refusedWith(api.call(sellerEndpoints.publishRuleSet, { params, body: twice })),
    ).toBe('invalid-rules');
    const first = unwrap(await api.call(sellerEndpoints.publishRuleSet, { params, body: rules }));
    expect(first.version).toBe(1);
    expect(unwrap(await api.call(sellerEndpoints.publishRuleSet, { params, body: rules }))).toEqual(
      first,
    );
    const later = { ...rules, fromDate: '2026-02-02' };
    const second = unwrap(await api.call(sellerEndpoints.publishRuleSet, { params, body: later }));
    expect(second.version).toBe(2);
    expect(await outbox(TOPICS.ruleSet.name)).toHaveLength(2);
    const seller = unwrap(await api.call(sellerEndpoints.readSeller, { params }));
    expect(seller.ruleSetVersion).toBe(2);
  });

  it('starts the shadow once', async () => {
    const seller = unwrap(await api.call(sellerEndpoints.startShadow, { params }));
    expect(seller.state).toBe('shadow');
    expect(unwrap(await api.call(sellerEndpoints.startShadow, { params }))).toEqual(seller);
    unwrap(await api.call(sellerEndpoints.pollNow, { params }));
  });

  it('goes live only with the preview as it is and a ledger that was reached', async () => {
    await api.tenant.db.forSellers([sellerId], (tx) =>
      projectLines(tx, [linesEvent(sellerId, lineState('P1', '1'))]),
    );
    const preview = unwrap(await api.call(sellerEndpoints.preview, { params }));
    const approval = { previewId: preview.previewId, approvedBy: 'Ada Byron' };
    const approve = (approved = approval) =>
      api.call(sellerEndpoints.approve, { params, body: approved });
    expect(await refusedWith(approve({ ...approval, previewId: 'older' }))).toBe('preview-changed');
    expect(await refusedWith(approve())).toBe('not-pinged');
    const failed = await pingAnswered(false);
    expect(failed.answer.cloudsuite).toMatchObject({ ok: false });
    expect(failed.issued.map(({ payload }) => (payload as { command: unknown }).command)).toEqual([
      { kind: 'ping', target: 'ingestion', accounts: [] },
      { kind: 'ping', target: 'gl-posting', accounts: ['12000', '40000'] },
    ]);
    expect(await refusedWith(approve())).toBe('not-pinged');
    expect((await pingAnswered(true)).answer.cloudsuite).toMatchObject({ ok: true });
    const live = unwrap(await approve());
    expect(live).toMatchObject({ state: 'live', approvedBy: 'Ada Byron' });
    expect(unwrap(await approve())).toEqual(live);
    expect(await refusedWith(approve({ ...approval, approvedBy: 'Someone Else' }))).toBe(
      'wrong-state',
    );
    expect((await outbox(TOPICS.audit.name)).at(-1)?.payload).toMatchObject({
      action: 'seller-approved',
      actor: 'Ada Byron',
      data: { lines: { toPost: 1 } },
    });
    const progress = unwrap(await api.call(lineEndpoints.progress, { params }));
    expect(progress.lines).toBe(1);
  });

  it('sets polling, stops, and opens the same seller again', async () => {
    const polling = { everyMs: 5_000, paused: true };
    const polled = unwrap(await api.call(sellerEndpoints.setPolling, { params, body: polling }));
    expect(polled.polling).toEqual(polling);
    const stopping = { stoppedBy: 'Ada Byron', reason: 'Moving to another ledger' };
    const stopped = unwrap(await api.call(sellerEndpoints.stop, { params, body: stopping }));
    expect(stopped).toMatchObject({ state: 'stopped', version: polled.version + 1 });
    expect(unwrap(await api.call(sellerEndpoints.stop, { params, body: stopping }))).toEqual(
      stopped,
    );
    const reopened = unwrap(await api.call(sellerEndpoints.createSeller, { body }));
    expect(reopened).toMatchObject({ sellerId, state: 'onboarding', approvedBy: null });
    const versions = (await outbox(TOPICS.seller.name)).map(
      ({ payload }) => (payload as { version: number }).version,
    );
    expect(versions).toEqual(versions.map((_, at) => at + 1));
  });
});
