import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:net';
import { systemClock, type Clock } from '@mlc/kernel';
import { certificateFor } from './certificates.js';
import type { SimulatorConfig } from './config.js';
import { controlServer } from './control-door.js';
import { Faults } from './faults.js';
import { DOCUMENTED_RATES } from './rate-limits.js';
import { Sellers } from './sellers.js';
import { TokenDesk } from './token-desk.js';
import { openTruthLog } from './truth-log.js';
import { vendorServer } from './vendor-door.js';

const HOST = '127.0.0.1';
const VERSION = '1';

export interface Simulator {
  readonly port: number;
  readonly controlPort: number;
  readonly truthFile: string;
  close(): Promise<void>;
}

/** Opens both doors. `clock` is given by specs only. */
export async function startSimulator(
  config: SimulatorConfig,
  clock: Clock = systemClock(config.clockOffsetMs),
): Promise<Simulator> {
  const certificate = await certificateFor(config);
  const truth = openTruthLog(config.truthDir, clock);
  const tokens = new TokenDesk(clock);
  const faults = new Faults();
  const quirk = { seed: config.seed, wrongDatePercent: config.wrongListDatePercent };
  const sellers = new Sellers(clock, quirk, tokens);
  const settings = {
    version: VERSION,
    seed: config.seed,
    wrongListDatePercent: config.wrongListDatePercent,
    orderQueryCap: config.orderQueryCap,
    clockOffsetMs: config.clockOffsetMs,
    rates: DOCUMENTED_RATES,
  };
  const recordSwitch = (cause: string, change: Readonly<Record<string, unknown>>): void => {
    truth.append({ kind: 'started', settings: { ...settings, changedBy: cause, change } });
  };
  truth.append({ kind: 'started', settings });
  const world = { clock, sellers, tokens, truth, orderQueryCap: config.orderQueryCap };
  const vendor = vendorServer(world, faults, certificate);
  const control = controlServer({ sellers, faults, truth, recordSwitch });
  const port = await listen(vendor, config.port);
  const controlPort = await listen(control, config.controlPort);
  return {
    port,
    controlPort,
    truthFile: truth.file,
    async close() {
      const closed = [once(vendor, 'close'), once(control, 'close')];
      for (const server of [vendor, control]) {
        server.close();
        server.closeAllConnections();
      }
      await Promise.all(closed);
      truth.close();
    },
  };
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, HOST);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
