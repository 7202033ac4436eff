import { cpus } from 'node:os';
import CliTable from 'cli-table3';
import type { Reading } from './meter.js';

export interface PathFigures {
  readonly orders: number;
  readonly lines: number;
  readonly seconds: number;
  readonly product: ReadonlyMap<string, Reading>;
  readonly load: ReadonlyMap<string, Reading>;
  readonly peaks: ReadonlyMap<string, number>;
}

const MEGABYTE = 1_048_576;
const SERVERS = new Set(['PostgreSQL', 'Kafka']);

const sum = (values: Iterable<number>): number =>
  [...values].reduce((total, value) => total + value, 0);

export interface PathSummary {
  readonly ordersPerSecond: number;
  readonly cpuSecondsPer1000: number;
  readonly servicesPeakMegabytes: number;
  /** CPU of product and load over what the machine had. */
  readonly machineShare: number;
  readonly boundBy: string;
}

export function summarise(figures: PathFigures): PathSummary {
  const cpuOf = (readings: ReadonlyMap<string, Reading>): number =>
    sum([...readings.values()].map((reading) => reading.cpuSeconds));
  const product = cpuOf(figures.product);
  const load = cpuOf(figures.load);
  const available = figures.seconds * cpus().length;
  const machineShare = (product + load) / available;
  const busiest = [...figures.product, ...figures.load]
    .map(([name, { cpuSeconds }]) => ({ name, share: cpuSeconds / figures.seconds }))
    .sort((a, b) => b.share - a.share)[0];
  const busy = busiest
    ? `${busiest.name} used ${Math.round(busiest.share * 100)} % of one core`
    : 'nothing measured';
  const boundBy =
    machineShare > 0.85
      ? `the machine's ${cpus().length} cores (${Math.round(machineShare * 100)} % used); ${busy}`
      : busiest && busiest.share > 0.85
        ? `one process: ${busy}`
        : `waiting, not CPU (${Math.round(machineShare * 100)} % used; ${busy}): round trips and CloudSuite's asynchronous interface`;
  return {
    ordersPerSecond: figures.orders / figures.seconds,
    cpuSecondsPer1000: (product / figures.orders) * 1000,
    servicesPeakMegabytes: sum(
      [...figures.peaks]
        .filter(([name]) => !SERVERS.has(name))
        .map(([, bytes]) => bytes / MEGABYTE),
    ),
    machineShare,
    boundBy,
  };
}

export function reportText(figures: PathFigures): string {
  const summary = summarise(figures);
  const table = new CliTable({
    head: ['process', 'CPU s', 'CPU s / 1,000 orders', 'peak MB'],
    style: { head: [], border: [] },
  });
  for (const [name, { cpuSeconds }] of [...figures.product, ...figures.load]) {
    const peak = figures.peaks.get(name);
    table.push([
      figures.load.has(name) ? `${name} (load)` : name,
      cpuSeconds.toFixed(2),
      ((cpuSeconds / figures.orders) * 1000).toFixed(2),
      peak === undefined ? '' : (peak / MEGABYTE).toFixed(0),
    ]);
  }
  return [
    `${figures.orders} orders, ${figures.lines} lines, ${figures.seconds.toFixed(1)} s from poll to posted`,
    table.toString(),
    `orders/s                     ${summary.ordersPerSecond.toFixed(0)}   (aim: 300)`,
    `CPU-seconds per 1,000 orders ${summary.cpuSecondsPer1000.toFixed(2)}   (aim: 4)`,
    `services together, peak MB   ${summary.servicesPeakMegabytes.toFixed(0)}   (aim: 700)`,
    `bounded by: ${summary.boundBy}`,
  ].join('\n');
}
