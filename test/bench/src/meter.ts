import type { Installation } from '@mlc/installation';
import { processTreeUsage, type ProcessUsage, processUsage } from '@mlc/testing';

/** Whose costs are counted; simulators are the load, not the product. */
export type Meters = ReadonlyMap<string, () => ProcessUsage | undefined>;

export function metersOf(installation: Installation): { product: Meters; load: Meters } {
  const { servers, services, walmart, cloudsuite } = installation;
  const product = new Map<string, () => ProcessUsage | undefined>();
  for (const [name, running] of services) product.set(name, () => processUsage(running.pid));
  const { postgres, kafka } = servers.pids;
  if (postgres !== undefined) product.set('PostgreSQL', () => processTreeUsage(postgres));
  if (kafka !== undefined) product.set('Kafka', () => processUsage(kafka));
  const load = new Map([
    ['sim-walmart', () => processUsage(walmart.process.pid)],
    ['sim-cloudsuite', () => processUsage(cloudsuite.process.pid)],
  ]);
  return { product, load };
}

export interface Reading {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

export function readMeters(meters: Meters): Map<string, Reading> {
  const readings = new Map<string, Reading>();
  for (const [name, read] of meters) {
    const usage = read();
    if (usage)
      readings.set(name, { cpuSeconds: usage.cpuSeconds, residentBytes: usage.residentBytes });
  }
  return readings;
}

/** Watches the highest resident memory of each process until stopped. */
export function watchPeaks(
  meters: Meters,
  everyMs: number,
): { peaks: Map<string, number>; stop(): void } {
  const peaks = new Map<string, number>();
  const look = (): void => {
    for (const [name, { residentBytes }] of readMeters(meters)) {
      peaks.set(name, Math.max(peaks.get(name) ?? 0, residentBytes));
    }
  };
  look();
  const timer = setInterval(look, everyMs);
  return {
    peaks,
    stop: () => {
      clearInterval(timer);
      look();
    },
  };
}
