import { parseArgs } from 'node:util';
import { systemClock } from '@mlc/kernel';
import { startInstallation } from '@mlc/installation';
import { reportText as verdictText } from '@mlc/oracle';
import { Run } from '@mlc/runs';
import { generateScenario, type Scenario, type ScenarioOrder } from '@mlc/scenarios';
import { makeRunFolder } from '../../../deploy/embedded/run-folder.mjs';
import { metersOf, type Reading, readMeters, watchPeaks } from './meter.js';
import { reportText, summarise } from './report.js';

const SAMPLE_MS = 500;
const LIMIT_MS = 600_000;

interface Split {
  readonly warm: Scenario;
  readonly full: Scenario;
  readonly measuredOrders: number;
  readonly measuredLines: number;
}

/** The first batch of each seller warms up; the rest arrives, changed just now, when the clock starts. */
function split(scenario: Scenario): Split {
  let measuredOrders = 0;
  let measuredLines = 0;
  const sellers = scenario.sellers.map((seller) => {
    const [first = [], ...rest] = [...seller.orderBatches()];
    const lines = (orders: readonly ScenarioOrder[]): number =>
      orders.reduce((total, { order }) => total + order.orderLines.orderLine.length, 0);
    measuredOrders += rest.reduce((total, batch) => total + batch.length, 0);
    measuredLines += rest.reduce((total, batch) => total + lines(batch), 0);
    const counts = { ...seller.counts, orders: first.length, lines: lines(first) };
    return { seller, warm: { ...seller, counts, orderBatches: () => [first] }, rest };
  });
  const arriving = (batch: readonly ScenarioOrder[]): ScenarioOrder[] =>
    batch.map((order) => ({ ...order, modified: systemClock().now() }));
  return {
    warm: { ...scenario, sellers: sellers.map(({ warm }) => warm) },
    full: {
      ...scenario,
      sellers: sellers.map(({ seller, rest }) => ({
        ...seller,
        orderBatches: () => rest.map(arriving),
      })),
    },
    measuredOrders,
    measuredLines,
  };
}

function difference(
  after: ReadonlyMap<string, Reading>,
  before: ReadonlyMap<string, Reading>,
): Map<string, Reading> {
  return new Map(
    [...after].map(([name, reading]) => [
      name,
      { ...reading, cpuSeconds: reading.cpuSeconds - (before.get(name)?.cpuSeconds ?? 0) },
    ]),
  );
}

/** Runs the path once; answers 0 when the oracle found it right. */
export async function benchPath(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      sellers: { type: 'string', default: '2' },
      lines: { type: 'string', default: '6000' },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
    },
  });
  const scenario = generateScenario({
    seed: `bench-${values.seed}`,
    sellers: Number(values.sellers),
    linesPerSeller: Number(values.lines),
    now: systemClock().now(),
    includePublishedSamples: false,
  });
  const { warm, full, measuredOrders, measuredLines } = split(scenario);
  const { folder, remove } = makeRunFolder('bench');
  const installation = await startInstallation({ folder });
  try {
    const run = new Run({
      installation,
      scenario: warm,
      pollEveryMs: 3_600_000,
      limitMs: LIMIT_MS,
    });
    await run.onboard(await run.load());
    await run.read();
    await run.approveAll('Dana Reyes, controller');
    await run.settle();
    await run.loadMore(full);
    const { product, load } = metersOf(installation);
    const peaks = watchPeaks(product, SAMPLE_MS);
    const before = { product: readMeters(product), load: readMeters(load) };
    const startedMs = performance.now();
    await run.pollAgain(null);
    const seconds = (performance.now() - startedMs) / 1000;
    peaks.stop();
    const figures = {
      orders: measuredOrders,
      lines: measuredLines,
      seconds,
      product: difference(readMeters(product), before.product),
      load: difference(readMeters(load), before.load),
      peaks: peaks.peaks,
    };
    const { verdict, differences, right } = await run.judge();
    console.log(values.json ? JSON.stringify(summarise(figures)) : reportText(figures));
    if (!right)
      console.log(
        `${verdictText(verdict)}\n${differences.slice(0, 10).join('\n')}\nThe figures do not count.`,
      );
    return right ? 0 : 1;
  } finally {
    await installation.stop();
    remove();
  }
}
