import type { Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Clock, systemClock } from '@mlc/kernel';
import { makeCertificate, readCertificate } from './certificate.js';
import type { Config } from './config.js';
import { createControlPort } from './control-port.js';
import { createFaults } from './faults.js';
import { createGateway } from './gateway.js';
import { createRunGroupActions } from './run-group-actions.js';
import { settingsFrom } from './settings.js';
import type { Tenant } from './tenant.js';
import { createTokenStore } from './token-store.js';
import { openTruthLog } from './truth-log.js';
import { createVendorPort } from './vendor-port.js';

export const SIMULATOR_VERSION = '0.1.0';

const LOOPBACK = '127.0.0.1';

export interface Simulator {
  readonly port: number;
  readonly controlPort: number;
  readonly truthFile: string;
  /** PEM file of the authority that signed the certificate, when the simulator made one. */
  readonly caFile?: string;
  close(): Promise<void>;
}

/** Starts both ports; resolves when both listen. */
export async function startSimulator(
  config: Config,
  clock: Clock = systemClock(),
): Promise<Simulator> {
  const certificate = config.tls
    ? readCertificate(config.tls)
    : await makeCertificate(config.truthDir);
  const truth = openTruthLog(config.truthDir, clock);
  truth.append('started', { settings: settingsFrom({}), version: SIMULATOR_VERSION });
  const tenants = new Map<string, Tenant>();
  const faults = createFaults();
  const tokens = createTokenStore(truth, clock);
  const actions = createRunGroupActions(truth, clock);
  const answer = createGateway({ tenants, tokens, actions, truth, clock });
  const vendor = createVendorPort({ certificate, faults, truth, answer });
  const port = await listen(vendor, config.port);
  const control = createControlPort({
    tenants,
    faults,
    tokens,
    truth,
    pendingActions: () => actions.pending,
    vendorPort: () => port,
  });
  const controlPort = await listen(control, config.controlPort);
  return {
    port,
    controlPort,
    truthFile: truth.file,
    ...(certificate.caFile === undefined ? {} : { caFile: certificate.caFile }),
    async close() {
      actions.close();
      await Promise.all([closeServer(vendor), closeServer(control)]);
      truth.close();
    },
  };
}

function listen(server: HttpServer | HttpsServer, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function closeServer(server: HttpServer | HttpsServer): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeAllConnections();
  });
}
