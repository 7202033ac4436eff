import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { lineEndpoints } from '@mlc/api';
import { systemClock } from '@mlc/kernel';
import { makeRunFolder } from '../../../deploy/embedded/run-folder.mjs';
import { ensureBuilt } from '../../../deploy/embedded/build.mjs';
import { type Installation, startInstallation } from '@mlc/installation';
import { judge, plantError, PLANT_KINDS, reportText } from '@mlc/oracle';
import { Run } from '@mlc/runs';
import { generateScenario } from '@mlc/scenarios';

/** Long before the oldest order: the whole of what Walmart still shows. */
const EVERYTHING = '2020-01-01T00:00:00.000Z';

/** Goal: a sale travels from Walmart to the ledger once. Method: two sellers, all processes, the oracle. */
describe('a day of two sellers', () => {
  const { folder, remove } = makeRunFolder('e2e');
  let installation: Installation;
  let run: Run;
  let right = false;

  beforeAll(async () => {
    await ensureBuilt();
    installation = await startInstallation({ folder, durable: false });
    const scenario = generateScenario({
      seed: 'e2e',
      sellers: 2,
      linesPerSeller: 150,
      now: systemClock().now(),
      includePublishedSamples: true,
    });
    run = new Run({ installation, scenario, pollEveryMs: 3_600_000, limitMs: 90_000 });
    await run.onboard(await run.load());
    await run.read();
    await run.approveAll('Dana Reyes, controller');
    await run.settle();
  }, 180_000);

  afterAll(async () => {
    await installation.stop();
    // The logs of a run that was not right are what one looks at next.
    if (right) remove();
  }, 30_000);

  it('adds nothing when everything is polled again', async () => {
    const polls = await run.pollAgain(EVERYTHING);
    expect(polls.map(({ linesAdded, failure }) => ({ linesAdded, failure }))).toEqual([
      { linesAdded: 0, failure: null },
      { linesAdded: 0, failure: null },
    ]);
    expect(polls.every(({ ordersListed }) => ordersListed > 0)).toBe(true);
  }, 60_000);

  it('is right to the cent and line by line, in the ledger and in our own lists', async () => {
    const { verdict, differences } = await run.judge();
    expect(verdict.right ? '' : reportText(verdict)).toBe('');
    expect(differences).toEqual([]);
    right = true;
  }, 60_000);

  it('leaves an audit trail from the first sight to the ledger', async () => {
    const { verdict } = await run.judge();
    const order = verdict.sellers[0]?.posted[0]?.split('/')[2] ?? '';
    const { entries } = await installation.api.call(lineEndpoints.auditTrail, {
      params: { sellerId: run.sellers[0]?.sellerId ?? '', orderId: order },
    });
    const actions = entries.map(({ action }) => action);
    expect(actions).toEqual(
      expect.arrayContaining([
        'order-snapshot-recorded',
        'order-mapped',
        'run-group-frozen',
        'run-group-staged',
        'run-group-submitted',
        'run-group-posted',
      ]),
    );
    expect(
      new Set(
        entries.filter(({ action }) => action.startsWith('order-')).map((e) => e.correlationId),
      ).size,
    ).toBe(1);
  }, 30_000);

  it.each(PLANT_KINDS.map((kind) => [kind]))(
    'the oracle catches %s, planted in a copy of these logs',
    (kind) => {
      const planted = plantError(kind, {
        walmartTruth: installation.walmart.truthFile,
        cloudsuiteTruth: installation.cloudsuite.truthFile,
        out: join(folder, 'planted', kind),
      });
      const verdict = judge({ ...planted, policyFile: run.policyFile });
      expect(verdict.right).toBe(false);
      expect(verdict.counts).toHaveProperty(planted.code);
    },
    30_000,
  );
});
