import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { JSON_TYPE, type Answer } from './answers.js';
import type { Fault, Faults } from './faults.js';
import { readBody, BodyTooLarge } from './request-body.js';
import { prepare, type Identified, type VendorWorld } from './vendor-api.js';
import type { Outcome } from './truth-log.js';

const MAX_BODY_BYTES = 64 * 1024;
const KEEP_ALIVE_MS = 60_000;

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly conn: number;
  readonly requestBytes: number;
  readonly who: Identified;
}

/** The https door Walmart's callers meet. Each request is in the truth log before its answer leaves. */
export function vendorServer(world: VendorWorld, faults: Faults, certificate: Certificate): Server {
  const connections = new WeakMap<object, number>();
  let opened = 0;
  const server = createServer({ ...certificate, keepAliveTimeout: KEEP_ALIVE_MS });
  server.on('secureConnection', (socket) => {
    opened += 1;
    connections.set(socket, opened);
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const conn = connections.get(request.socket) ?? 0;
    serve(world, faults, { request, response, conn }).catch((error: unknown) => {
      process.stderr.write(`sim-walmart: ${String(error)}\n`);
      request.socket.destroy();
    });
  });
  return server;
}

async function serve(
  world: VendorWorld,
  faults: Faults,
  { request, response, conn }: Pick<Exchange, 'request' | 'response' | 'conn'>,
): Promise<void> {
  const target = request.url ?? '/';
  let body: string;
  try {
    body = await readBody(request, MAX_BODY_BYTES);
  } catch (error) {
    if (!(error instanceof BodyTooLarge)) throw error;
    const exchange = {
      request,
      response,
      conn,
      requestBytes: MAX_BODY_BYTES,
      who: { account: null, client: null },
    };
    finish(world, exchange, { status: 413, body: '', note: 'body too large' }, 'refused');
    return;
  }
  const method = request.method ?? 'GET';
  const prepared = prepare(world, { method, target, headers: request.headers, body });
  const exchange = {
    request,
    response,
    conn,
    requestBytes: Buffer.byteLength(body),
    who: prepared.who,
  };
  const fault = faults.due(target, prepared.who.account);
  if (fault) {
    await faulted(world, exchange, fault, prepared.work);
    return;
  }
  const answer = prepared.work();
  finish(world, exchange, answer, outcomeOf(answer));
}

function outcomeOf(answer: Answer): Outcome {
  if (answer.violation) return 'violation';
  return answer.status >= 400 ? 'refused' : 'served';
}

async function faulted(
  world: VendorWorld,
  exchange: Exchange,
  fault: Fault,
  work: () => Answer,
): Promise<void> {
  if (fault.delayMs !== undefined) await wait(fault.delayMs);
  if (fault.reset) {
    log(world, exchange, { status: 0, body: '', note: 'planted reset' }, 'faulted');
    exchange.request.socket.destroy();
    return;
  }
  if (fault.status !== undefined) {
    const note = `planted status ${fault.status}`;
    finish(world, exchange, { status: fault.status, body: '', note }, 'faulted');
    return;
  }
  const answer = work();
  finish(world, exchange, { ...answer, note: `planted delay ${fault.delayMs ?? 0} ms` }, 'faulted');
}

function correlationOf(request: IncomingMessage): string | null {
  const found = request.headers['wm_qos.correlation_id'];
  return (Array.isArray(found) ? found[0] : found) ?? null;
}

function log(world: VendorWorld, exchange: Exchange, answer: Answer, outcome: Outcome): number {
  const responseBytes = Buffer.byteLength(answer.body);
  world.truth.append({
    kind: 'request',
    conn: exchange.conn,
    method: exchange.request.method ?? 'GET',
    path: exchange.request.url ?? '/',
    status: answer.status,
    requestBytes: exchange.requestBytes,
    responseBytes,
    ...exchange.who,
    correlationId: correlationOf(exchange.request),
    outcome,
    note: answer.note ?? null,
  });
  return responseBytes;
}

function finish(world: VendorWorld, exchange: Exchange, answer: Answer, outcome: Outcome): void {
  const responseBytes = log(world, exchange, answer, outcome);
  const correlationId = correlationOf(exchange.request);
  exchange.response.writeHead(answer.status, {
    'content-type': answer.contentType ?? JSON_TYPE,
    'content-length': responseBytes,
    ...(correlationId === null ? {} : { 'WM_QOS.CORRELATION_ID': correlationId }),
    ...answer.headers,
  });
  exchange.response.end(answer.body);
}
