import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '@mlc/kernel';
import { makeRunFolder } from '../../../deploy/embedded/run-folder.mjs';
import { ensureBuilt } from '../../../deploy/embedded/build.mjs';
import { type Installation, startInstallation } from '@mlc/installation';
import { reportText } from '@mlc/oracle';
import { Run } from '@mlc/runs';
import { generateScenario } from '@mlc/scenarios';
import { crashAt, Keeper } from './keeper.js';

/** Each point lies after an effect and before its record; a service goes through its list one by one. */
const plan = {
  'tenant-api': ['tenant.after-commit-before-answer:1'],
  'credential-vault': ['vault.after-token-before-store:1'],
  ingestion: ['ingestion.after-snapshot-commit-before-watermark:1'],
  mapping: ['relay.after-produce-before-mark:1', 'consumer.after-commit-before-offset:2'],
  'gl-posting': [
    'posting.after-freeze-before-publish:1',
    'posting.after-stage-before-record:1',
    'posting.after-submit-before-record:1',
    'posting.after-result-before-record:1',
  ],
} as const;

/** Waits are settings: shortened here, none removed. A lease still outlives the calls made under it. */
const everywhere = { KAFKA_SESSION_TIMEOUT_MS: '2000' };
const settings = {
  'tenant-api': everywhere,
  mapping: everywhere,
  ingestion: { ...everywhere, POLL_LEASE_MS: '2000' },
  'gl-posting': {
    ...everywhere,
    CALL_TIMEOUT_MS: '3000',
    LEASE_TTL_MS: '4000',
    SETTLE_MS: '1500',
    LOOK_EVERY_MS: '300',
    CLOUDSUITE_CALLS_PER_SECOND: '100',
  },
};

/** Goal: a process that dies loses and doubles nothing. Method: SIGKILL at named points, the oracle. */
describe('every service is KILLed at its named points', () => {
  const { folder, remove } = makeRunFolder('kills');
  let installation: Installation;
  let keeper: Keeper;
  let right = false;

  beforeAll(async () => {
    await ensureBuilt();
    installation = await startInstallation({
      folder,
      durable: false,
      settings,
      atFirst: Object.fromEntries(
        Object.entries(plan).map(([service, [first]]) => [service, crashAt(first)]),
      ),
    });
    keeper = new Keeper(installation, plan);
  }, 60_000);

  afterAll(async () => {
    keeper.end();
    await installation.stop();
    // The logs of a run that was not right are what one looks at next.
    if (right) remove();
  }, 30_000);

  it('and the oracle is satisfied after their restarts', async () => {
    const scenario = generateScenario({
      seed: 'kills',
      sellers: 2,
      linesPerSeller: 400,
      now: systemClock().now(),
      includePublishedSamples: false,
    });
    const run = new Run({
      installation,
      scenario,
      pollEveryMs: 2_000,
      limitMs: 150_000,
      patient: true,
    });
    await run.onboard(await run.load());
    await run.read();
    await run.approveAll('Dana Reyes, controller');
    await run.settle();
    const { verdict, differences } = await run.judge();
    expect(verdict.right ? '' : reportText(verdict)).toBe('');
    expect(differences).toEqual([]);
    const died = keeper.deaths.map(({ service, point, signal }) => `${service} ${point} ${signal}`);
    const expected = Object.entries(plan).flatMap(([service, points]) =>
      points.map((point) => `${service} ${point} SIGKILL`),
    );
    expect(died.sort()).toEqual(expected.sort());
    right = true;
  }, 240_000);
});
