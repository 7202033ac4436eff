import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type RunningProcess, startProcess, waitFor } from '@mlc/testing';
import { ensureBuilt } from '../../../deploy/embedded/build.mjs';
import { journalOf, PostingWorld } from './spec/posting-world.js';

const folder = mkdtempSync(join(tmpdir(), 'mlc-gl-posting-'));
let world: PostingWorld;
let main: string;
let running: RunningProcess | undefined;

beforeAll(async () => {
  const { dist } = await ensureBuilt();
  main = join(dist, 'apps/gl-posting/src/main.js');
  world = await PostingWorld.make();
}, 120_000);

afterEach(async () => {
  await running?.kill();
  running = undefined;
});

afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(
  readyWhen: 'json-line' | 'spawn',
  more: Record<string, string> = {},
): Promise<RunningProcess> {
  running = await startProcess({
    name: 'gl-posting',
    command: 'node',
    args: [main],
    env: { ...world.environment(), ...more },
    logFile: join(folder, 'gl-posting.log'),
    readyWhen,
  });
  return running;
}

/** Amounts that reached the ledger, by order. */
function postedOf(order: string): (string | undefined)[] {
  return world.fsm.posted
    .filter((row) => row['Reference'] === order)
    .map((row) => row['TransactionAmount']);
}

const untilPosted = (count: number) =>
  waitFor(
    async () => {
      expect(await world.states()).toEqual({ posted: count });
      return true;
    },
    { timeoutMs: 30_000, describe: `${count} journals posted` },
  );

let orders = 0;

describe('the service, as a process', () => {
  it('takes journals from Kafka, posts them, publishes the outcomes and ends in order', async () => {
    const service = await start('json-line');
    orders += 1;
    await world.publish(journalOf(`9000${orders}`));
    await untilPosted(orders);
    expect(postedOf(`9000${orders}`)).toEqual(['19.990', '-19.990']);
    await waitFor(async () => (await world.backlog()) === 0);
    expect(await service.stop()).toEqual({ code: 0, signal: null });
  }, 60_000);

  it.each([
    'posting.after-freeze-before-publish',
    'posting.after-stage-before-record',
    'posting.after-submit-before-record',
    'posting.after-result-before-record',
  ])(
    'posts once although it is killed at %s',
    async (point) => {
      // Not by Kafka: a killed consumer keeps its partitions for seconds, and posting does not need them.
      orders += 1;
      await world.accept(journalOf(`9000${orders}`));
      const service = await start('spawn', { MLC_CRASH_AT: `${point}:1` });
      expect((await service.exited).signal).toBe('SIGKILL');
      const [group] = await world.query<{ state: string }>(
        `SELECT state FROM posting.run_group WHERE state NOT IN ('posted')`,
      );
      expect(group).toBeDefined();
      await start('spawn');
      await untilPosted(orders);
      expect(postedOf(`9000${orders}`)).toEqual(['19.990', '-19.990']);
      const groups = new Set(
        world.fsm.seen.map((one) => one.runGroup).filter((name) => name !== ''),
      );
      for (const name of groups) {
        expect([name, world.fsm.count('submit', name)]).toEqual([name, 1]);
        expect([name, world.fsm.count('stage', name)]).toEqual([name, 1]);
      }
    },
    60_000,
  );
});
