import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { jsonAnswer, type Answer, type VendorRequest } from './answer.js';
import type { ServerCertificate } from './certificate.js';
import { faultBody, type Fault, type Faults } from './faults.js';
import { correlationIdOf } from './gateway.js';
import { MAX_BODY_BYTES } from './settings.js';
import type { TruthLog } from './truth-log.js';

/** Idle connections are kept longer than any client's pool would keep them, as a gateway does. */
const KEEP_ALIVE_MS = 65_000;

interface Exchange {
  readonly conn: number;
  readonly request: VendorRequest;
  readonly requestBytes: number;
}

export interface VendorPortParts {
  readonly certificate: ServerCertificate;
  readonly faults: Faults;
  readonly truth: TruthLog;
  readonly answer: (request: VendorRequest) => Answer;
}

/** The https server: reads a request, plants its fault, lets the gateway work, logs, answers. */
export function createVendorPort(parts: VendorPortParts): Server {
  const connections = new WeakMap<Socket, number>();
  let lastConn = 0;
  const { cert, key } = parts.certificate;
  const server = createServer({ cert, key, keepAliveTimeout: KEEP_ALIVE_MS });
  server.on('request', (incoming, response) => {
    let conn = connections.get(incoming.socket);
    if (conn === undefined) connections.set(incoming.socket, (conn = ++lastConn));
    void serve(parts, { conn, incoming, response }).catch((error: unknown) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      process.stderr.write(`sim-cloudsuite: ${text}\n`);
      response.destroy();
    });
  });
  return server;
}

interface Incoming {
  readonly conn: number;
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
}

async function serve(parts: VendorPortParts, { conn, incoming, response }: Incoming) {
  const path = incoming.url ?? '/';
  let body: Buffer | undefined;
  try {
    body = await readBody(incoming);
  } catch (error) {
    if (!incoming.destroyed) throw error;
    recordAborted(parts.truth, conn, incoming);
    return;
  }
  const request: VendorRequest = {
    method: incoming.method ?? 'GET',
    path,
    url: new URL(path, 'https://localhost'),
    headers: incoming.headers,
    body: body?.toString('utf8') ?? '',
  };
  const exchange = { conn, request, requestBytes: body?.length ?? MAX_BODY_BYTES };
  if (!body) {
    const answer = jsonAnswer(
      413,
      { error: 'Payload Too Large' },
      { note: 'body above the limit' },
    );
    send(parts, exchange, response, answer);
    return;
  }
  const ti = request.url.pathname.split('/')[1] ?? '';
  const fault = parts.faults.next({ ti, method: request.method, path });
  if (fault) await serveFaulted(parts, exchange, response, fault);
  else send(parts, exchange, response, parts.answer(request));
}

async function serveFaulted(
  parts: VendorPortParts,
  exchange: Exchange,
  response: ServerResponse,
  fault: Fault,
): Promise<void> {
  const { request } = exchange;
  const works =
    fault.action !== 'reset-before-work' && (fault.action !== 'status' || fault.afterWork);
  if (fault.action === 'delay') await wait(fault.delayMs ?? 0);
  const done = works ? parts.answer(request) : undefined;
  const ti = request.url.pathname.split('/')[1] ?? '';
  const answer = done ?? jsonAnswer(0, '', { account: ti === '' ? null : ti });
  const note = `${fault.action}${done ? ` (work done, ${done.status})` : ''}`;
  const faulted = { ...answer, outcome: 'faulted' as const, note };
  switch (fault.action) {
    case 'reset-before-work':
    case 'commit-then-drop':
      record(parts.truth, exchange, { ...faulted, status: 0, body: '' });
      response.destroy();
      return;
    case 'status':
      send(parts, exchange, response, {
        ...faulted,
        status: fault.status ?? 500,
        headers: { ...answer.headers, ...fault.headers },
        body: faultBody(fault),
      });
      return;
    case 'answer-late':
      await wait(fault.delayMs ?? 0);
      send(parts, exchange, response, faulted);
      return;
    case 'delay':
      send(parts, exchange, response, faulted);
  }
}

function send(
  parts: VendorPortParts,
  exchange: Exchange,
  response: ServerResponse,
  answer: Answer,
): void {
  const bytes = Buffer.from(answer.body);
  record(parts.truth, exchange, answer);
  response.writeHead(answer.status, { ...answer.headers, 'content-length': bytes.length });
  response.end(bytes);
}

function record(truth: TruthLog, exchange: Exchange, answer: Answer): void {
  const { conn, request, requestBytes } = exchange;
  truth.append('request', {
    conn,
    method: request.method,
    path: request.path,
    status: answer.status,
    requestBytes,
    responseBytes: Buffer.byteLength(answer.body),
    account: answer.account,
    client: answer.client,
    correlationId: correlationIdOf(answer),
    outcome: answer.outcome,
    note: answer.note,
  });
}

/** The client went away before its request was complete: nothing was done. */
function recordAborted(truth: TruthLog, conn: number, incoming: IncomingMessage): void {
  const path = incoming.url ?? '/';
  const url = new URL(path, 'https://localhost');
  const request = { method: incoming.method ?? 'GET', path, url, headers: {}, body: '' };
  const answer = jsonAnswer(0, '', { outcome: 'refused', note: 'the client went away' });
  record(truth, { conn, request, requestBytes: 0 }, { ...answer, body: '' });
}

/** `undefined` when the body is above the limit (the rest is read and dropped). */
async function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming) {
    if (!Buffer.isBuffer(chunk)) continue;
    length += chunk.length;
    if (length <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return length > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks);
}
