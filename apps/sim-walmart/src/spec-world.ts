import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@mlc/kernel';
import type { OrderVersion } from './order-text.js';
import { startSimulator, type Simulator } from './simulator.js';

export const NOW = Date.parse('2026-11-24T12:00:00.000Z');
export const DAY_MS = 86_400_000;
export const SELLER = '10001';
export const CLIENT = { clientId: 'client-a', clientSecret: 'secret-a', partnerId: '90001' };

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  json(): unknown;
}

export interface Page {
  readonly list: {
    readonly meta: {
      readonly totalCount: number;
      readonly limit: number;
      readonly nextCursor?: string;
    };
    readonly elements: { readonly order: readonly Record<string, unknown>[] };
  };
}

export interface CallOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const HOST = '127.0.0.1';

function replyTo(outgoing: ClientRequest, body: string | undefined): Promise<Reply> {
  return new Promise((resolve, reject) => {
    outgoing.on('error', reject);
    outgoing.on('response', (incoming: IncomingMessage) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const json = (): unknown => JSON.parse(text);
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, json });
      });
    });
    outgoing.end(body);
  });
}

/** A started simulator with one seller, its own hands on clock, control and truth log. */
export class SpecWorld {
  private constructor(
    readonly simulator: Simulator,
    readonly dir: string,
    private readonly agent: Agent,
    readonly time: { now: number; monotonicMs: number },
  ) {}

  static async start(wrongListDatePercent = 0, orderQueryCap = 10_000): Promise<SpecWorld> {
    const dir = mkdtempSync(join(tmpdir(), 'sim-walmart-'));
    const time = { now: NOW, monotonicMs: 0 };
    const clock: Clock = { now: () => time.now, monotonicMs: () => time.monotonicMs };
    const simulator = await startSimulator(
      {
        port: 0,
        controlPort: 0,
        truthDir: dir,
        clockOffsetMs: 0,
        seed: 'spec',
        wrongListDatePercent,
        orderQueryCap,
        exitWhenStdinCloses: false,
      },
      clock,
    );
    const ca = readFileSync(join(dir, 'sim-walmart-ca.pem'), 'utf8');
    const world = new SpecWorld(simulator, dir, new Agent({ ca, keepAlive: true }), time);
    await world.control('PUT', `/sellers/${SELLER}`, CLIENT);
    return world;
  }

  async close(): Promise<void> {
    this.agent.destroy();
    await this.simulator.close();
    rmSync(this.dir, { recursive: true });
  }

  /** The target goes out exactly as written. */
  call(target: string, options: CallOptions = {}): Promise<Reply> {
    const { method = 'GET', headers = {}, body } = options;
    const { port } = this.simulator;
    const { agent } = this;
    return replyTo(httpsRequest({ host: HOST, port, path: target, method, headers, agent }), body);
  }

  requestToken(options: CallOptions = {}): Promise<Reply> {
    const pair = Buffer.from(`${CLIENT.clientId}:${CLIENT.clientSecret}`).toString('base64');
    return this.call('/v3/token', {
      method: 'POST',
      body: options.body ?? 'grant_type=client_credentials',
      headers: {
        Authorization: `Basic ${pair}`,
        'Content-Type': 'application/x-www-form-urlencoded',
        Accept: 'application/json',
        'WM_SVC.NAME': 'spec',
        'WM_QOS.CORRELATION_ID': 'correlation-token',
        ...options.headers,
      },
    });
  }

  async token(): Promise<string> {
    const reply = (await this.requestToken()).json() as { access_token: string };
    return reply.access_token;
  }

  async get(target: string, token?: string): Promise<Reply> {
    const headers = {
      'WM_SEC.ACCESS_TOKEN': token ?? (await this.token()),
      'WM_SVC.NAME': 'spec',
      'WM_QOS.CORRELATION_ID': 'correlation-1',
    };
    return this.call(target, { headers });
  }

  async page(target: string, token?: string): Promise<Page['list']> {
    const reply = await this.get(target, token);
    if (reply.status !== 200) throw new Error(`${target}: ${reply.status} ${reply.text}`);
    return (reply.json() as Page).list;
  }

  async control(method: string, path: string, body?: unknown): Promise<unknown> {
    const outgoing = httpRequest({ host: HOST, port: this.simulator.controlPort, path, method });
    const reply = await replyTo(outgoing, body === undefined ? undefined : JSON.stringify(body));
    if (reply.status !== 200) throw new Error(`${method} ${path}: ${reply.status} ${reply.text}`);
    return reply.json();
  }

  async orders(versions: readonly OrderVersion[]): Promise<void> {
    await this.control('POST', `/sellers/${SELLER}/orders`, versions);
  }

  truth(): Record<string, unknown>[] {
    const lines = readFileSync(this.simulator.truthFile, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}

/** An order placed `agoMs` before NOW and not changed since. */
export function orderAt(
  purchaseOrderId: string,
  agoMs: number,
  more: Partial<Omit<OrderVersion, 'order'>> & { readonly order?: Record<string, unknown> } = {},
): OrderVersion {
  const created = NOW - agoMs;
  const { order, ...version } = more;
  return {
    shipNodeType: 'SellerFulfilled',
    created,
    modified: created,
    ...version,
    order: {
      purchaseOrderId,
      customerOrderId: `c-${purchaseOrderId}`,
      orderDate: created,
      orderLines: {
        orderLine: [
          {
            item: { sku: 'A 1' },
            orderLineStatuses: { orderLineStatus: [{ status: 'Created' }] },
          },
        ],
      },
      shipNode: { type: 'SellerFulfilled', id: 'node-1' },
      ...order,
    },
  };
}

export function idsOf(page: Page['list']): unknown[] {
  return page.elements.order.map((order) => order['purchaseOrderId']);
}
