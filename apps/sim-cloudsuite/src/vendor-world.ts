import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@mlc/kernel';
import { startSimulator, type Simulator } from './simulator.js';

/** A simulator in this process with one client of each port; for the specs beside it. */
export interface VendorWorld {
  readonly simulator: Simulator;
  /** JSON over the control port. */
  control(verb: string, path: string, body?: unknown): Promise<Reply>;
  /** A request on the vendor port; rejects when the connection is cut. */
  vendor(path: string, options?: VendorOptions): Promise<Reply>;
  /** A bearer token of a tenant, by the password grant. */
  token(ionapi: IonApi): Promise<string>;
  truth(): TruthRecord[];
  close(): Promise<void>;
}

export interface VendorOptions {
  readonly method?: string;
  readonly token?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly json: unknown;
}

export type IonApi = Readonly<
  Record<'ti' | 'ci' | 'cs' | 'iu' | 'pu' | 'ot' | 'saak' | 'sask', string>
>;

export type TruthRecord = Readonly<Record<string, unknown>> & { readonly kind: string };

export async function openWorld(clock?: Clock): Promise<VendorWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'sim-cloudsuite-'));
  const config = { port: 0, controlPort: 0, truthDir: folder, lifelineStdin: false };
  const simulator = await startSimulator(config, clock);
  const agent = new Agent({ ca: readFileSync(simulator.caFile ?? '', 'utf8'), keepAlive: true });
  const at = { host: 'localhost', agent: undefined as Agent | undefined };

  function vendor(path: string, options: VendorOptions = {}): Promise<Reply> {
    const headers = { ...options.headers };
    if (options.token !== undefined) headers['authorization'] = `Bearer ${options.token}`;
    const method = options.method ?? 'GET';
    const target = { ...at, agent, port: simulator.port, path, method, headers };
    return exchange(httpsRequest(target), options.body);
  }

  return {
    simulator,
    vendor,
    control: (method, path, body) =>
      exchange(
        httpRequest({ host: '127.0.0.1', port: simulator.controlPort, path, method }),
        body === undefined ? undefined : JSON.stringify(body),
      ),
    async token(ionapi) {
      const reply = await vendor(`/${ionapi.ti}/as/token.oauth2`, passwordGrant(ionapi));
      return (reply.json as { access_token: string }).access_token;
    },
    truth: () =>
      readFileSync(simulator.truthFile, 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as TruthRecord),
    async close() {
      agent.destroy();
      await simulator.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export function passwordGrant(ionapi: IonApi, changes: Record<string, string> = {}): VendorOptions {
  const { ci, cs, saak, sask } = ionapi;
  const form = { grant_type: 'password', username: saak, password: sask, ...changes };
  return {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${ci}:${cs}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams(form).toString(),
  };
}

function exchange(request: ReturnType<typeof httpRequest>, body?: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const json: unknown = text === '' ? undefined : JSON.parse(text);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json });
      });
    });
    request.end(body);
  });
}

/** A small tenant: one entity, four accounts (one inactive, one restricted), November open, October closed. */
export function smallTenant(more: Record<string, unknown> = {}) {
  return {
    region: 'us',
    enterpriseGroup: '1',
    accountingEntities: [{ code: '100', currency: 'USD' }],
    chart: [
      { account: '11500', description: 'Marketplace clearing', active: true, restricted: false },
      { account: '40100', description: 'Sales, shirts', active: true, restricted: false },
      { account: '40200', description: 'Sales, old', active: false, restricted: false },
      { account: '12000', description: 'Receivables', active: true, restricted: true },
    ],
    periods: [
      { from: '2026-10-01', to: '2026-10-31', open: false },
      { from: '2026-11-01', to: '2026-11-30', open: true },
    ],
    settings: { interfaceDelayMs: 5, deleteDelayMs: 5 },
    ...more,
  };
}

export interface LineChanges {
  readonly [field: string]: string;
}

/** A record of the batch; `changes` overrides fields. */
export function line(runGroup: string, sequence: number, changes: LineChanges = {}) {
  return {
    message: 'BatchImport',
    _fields: {
      FinanceEnterpriseGroup: '1',
      'GLTransactionInterface.RunGroup': runGroup,
      'GLTransactionInterface.SequenceNumber': String(sequence),
      AccountingEntity: '100',
      AccountCode: sequence % 2 === 1 ? '11500' : '40100',
      AccountingUnit: '1000',
      TransactionDate: '20261120',
      PostingDate: '20261120',
      Reference: '1796277083022',
      Description: 'SALE',
      CurrencyCode: 'USD',
      TransactionAmount: sequence % 2 === 1 ? '457.66' : '-457.66',
      AutoReverse: 'N',
      ...changes,
    },
  };
}
