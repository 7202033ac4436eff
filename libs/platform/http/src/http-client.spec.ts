import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import {
  createServer as createPlainServer,
  type Server as PlainServer,
  type Socket,
} from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '@mlc/kernel';
import { generate } from 'selfsigned';
import { isPublicAddress } from './dial-guard.js';
import { createHttpClient, type HttpClient, type HttpClientOptions } from './index.js';

const clock = systemClock();
const folder = mkdtempSync(join(tmpdir(), 'mlc-http-'));
const caFile = join(folder, 'ca.pem');
const seen: { url: string; method: string; host: string; servername: string; socket: number }[] =
  [];
const connections: object[] = [];
let server: Server;
let dumb: PlainServer;
let port = 0;
let dumbPort = 0;
const clients: HttpClient[] = [];
const dumbSockets: Socket[] = [];

async function listening(on: PlainServer) {
  await new Promise<void>((resolve) => {
    on.listen(0, '127.0.0.1', resolve);
  });
  const address = on.address();
  return typeof address === 'object' && address ? address.port : 0;
}

beforeAll(async () => {
  const pems = await generate([{ name: 'commonName', value: 'localhost' }], {
    keySize: 2048,
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  writeFileSync(caFile, pems.cert);
  server = createServer({ key: pems.private, cert: pems.cert }, (request, response) => {
    const socket = request.socket as typeof request.socket & { servername?: string | false };
    if (!connections.includes(socket)) connections.push(socket);
    seen.push({
      url: request.url ?? '',
      method: request.method ?? '',
      host: request.headers.host ?? '',
      servername: String(socket.servername),
      socket: connections.indexOf(socket),
    });
    if (request.url === '/never') return;
    if (request.url === '/break') request.socket.destroy();
    else if (request.url === '/moved') response.writeHead(302, { location: '/other' }).end();
    else if (request.url === '/large') response.end('x'.repeat(5_000));
    else {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => response.setHeader('X-Echo', 'Yes').end(`got ${body}`));
    }
  });
  port = await listening(server);
  dumb = createPlainServer((socket) => void dumbSockets.push(socket));
  dumbPort = await listening(dumb);
});

afterEach(async () => {
  seen.length = 0;
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
  for (const socket of dumbSockets) socket.destroy();
  dumb.close();
  rmSync(folder, { recursive: true });
});

function client(more: Partial<HttpClientOptions> = {}): HttpClient {
  const made = createHttpClient({
    allowedHosts: ['localhost', '127.0.0.1'],
    allowedSuffixes: [],
    caFile,
    clock,
    ...more,
  });
  clients.push(made);
  return made;
}

const get = (url: string) => ({
  method: 'GET' as const,
  url,
  headers: {},
  timeoutMs: 2_000,
  maxResponseBytes: 1_000,
});

describe('a call', () => {
  it('sends path and query byte for byte, with the name in SNI and Host', async () => {
    const path = '/v3/orders?limit=10&at=2026-11-01T00:00:00-06:00&x=%7Ea%20b&&y';
    const answer = await client().send(get(`https://localhost:${port}${path}`));
    expect(answer).toMatchObject({ ok: true, value: { status: 200, body: 'got ' } });
    expect(answer.ok && answer.value.headers['x-echo']).toBe('Yes');
    expect(seen).toMatchObject([
      { url: path, host: `localhost:${port}`, servername: 'localhost', method: 'GET' },
    ]);
  });

  it('sends a body, and uses its connections again', async () => {
    const http = client();
    const request = { ...get(`https://127.0.0.1:${port}/a`), method: 'POST' as const, body: 'hé' };
    expect(await http.send(request)).toMatchObject({ ok: true, value: { body: 'got hé' } });
    for (let more = 0; more < 5; more += 1) await http.send(request);
    expect(seen).toHaveLength(6);
    expect(new Set(seen.map((call) => call.socket)).size).toBeLessThanOrEqual(2);
  });

  it('follows no redirect', async () => {
    const answer = await client().send(get(`https://localhost:${port}/moved`));
    expect(answer).toMatchObject({ ok: true, value: { status: 302 } });
    expect(seen).toHaveLength(1);
  });
});

describe('a failure', () => {
  it('was maybe sent when the answer does not come in time, or the connection breaks', async () => {
    const http = client();
    await http.send(get(`https://localhost:${port}/warm`));
    const late = await http.send({ ...get(`https://localhost:${port}/never`), timeoutMs: 500 });
    expect(late).toMatchObject({
      ok: false,
      error: { code: 'http.timeout', sent: 'maybe', kind: 'unknown-outcome' },
    });
    const broken = await http.send(get(`https://localhost:${port}/break`));
    expect(broken).toMatchObject({
      ok: false,
      error: { code: 'http.connection-lost', sent: 'maybe' },
    });
    expect(seen.map((call) => call.url)).toEqual(['/warm', '/never', '/break']);
  });

  it('stops at the size limit', async () => {
    const answer = await client().send(get(`https://localhost:${port}/large`));
    expect(answer).toMatchObject({
      ok: false,
      error: { code: 'http.answer-too-large', sent: 'maybe' },
    });
  });

  it('was not sent when nothing listens, the name is unknown or the certificate is not trusted', async () => {
    const closed = createPlainServer();
    const free = await listening(closed);
    await new Promise((resolve) => closed.close(resolve));
    const nobody = await client().send(get(`https://127.0.0.1:${free}/`));
    expect(nobody).toMatchObject({
      ok: false,
      error: { code: 'http.connect-failed', sent: 'no', kind: 'unavailable' },
    });
    const name = client({ allowedSuffixes: ['invalid'] });
    expect(await name.send(get('https://nobody.invalid/'))).toMatchObject({
      ok: false,
      error: { code: 'http.name-unknown', sent: 'no' },
    });
    const distrustful = createHttpClient({
      allowedHosts: ['localhost'],
      allowedSuffixes: [],
      clock,
    });
    clients.push(distrustful);
    expect(await distrustful.send(get(`https://localhost:${port}/`))).toMatchObject({
      ok: false,
      error: { code: 'http.tls-failed', sent: 'no' },
    });
    expect(seen).toEqual([]);
  });

  it('was not sent when the deadline passes during the handshake, or while it waits in line', async () => {
    const stuck = await client().send({
      ...get(`https://127.0.0.1:${dumbPort}/`),
      timeoutMs: 60,
    });
    expect(stuck).toMatchObject({ ok: false, error: { code: 'http.timeout', sent: 'no' } });
    const narrow = client({ connectionsPerOrigin: 1 });
    await narrow.send(get(`https://localhost:${port}/warm`));
    const [first, second] = await Promise.all([
      narrow.send({ ...get(`https://localhost:${port}/never`), timeoutMs: 800 }),
      narrow.send({ ...get(`https://localhost:${port}/waits`), timeoutMs: 60 }),
    ]);
    expect(first).toMatchObject({ ok: false, error: { sent: 'maybe' } });
    expect(second).toMatchObject({ ok: false, error: { sent: 'no' } });
    await narrow.send(get(`https://localhost:${port}/after`));
    expect(seen.map((call) => call.url)).toEqual(['/warm', '/never', '/after']);
  });
});

describe('the dial guard', () => {
  it.each([
    ['http://localhost/', 'not https'],
    ['https://user:pw@localhost/', 'user in the address'],
    ['https://localhost\\@walmartapis.com/', 'backslash'],
    ['https://localhost/a#b', 'fragment'],
    ['https://elsewhere.example/', 'not on a list'],
    ['https://evilwalmartapis.com/', 'not below the domain'],
    ['https://walmartapis.com.evil.example/', 'suffix in front'],
  ])('refuses %s (%s) before a byte leaves', async (url) => {
    const http = client({ allowedSuffixes: ['walmartapis.com'] });
    expect(await http.send(get(url))).toMatchObject({
      ok: false,
      error: { code: 'http.address-refused', kind: 'invalid', sent: 'no' },
    });
  });

  it('refuses an allowed domain that resolves to a private address', async () => {
    const http = client({ allowedHosts: [], allowedSuffixes: ['localhost'] });
    expect(await http.send(get(`https://localhost:${port}/`))).toMatchObject({
      ok: false,
      error: { code: 'http.address-refused', sent: 'no' },
    });
    expect(seen).toEqual([]);
  });

  it('takes a host with a port only at that port', async () => {
    const http = client({ allowedHosts: [`localhost:${port}`] });
    expect(await http.send(get(`https://localhost:${port}/`))).toMatchObject({ ok: true });
    expect(await http.send(get(`https://localhost:${dumbPort}/`))).toMatchObject({
      ok: false,
      error: { sent: 'no', code: 'http.address-refused' },
    });
  });

  it.each([
    ['8.8.8.8', true],
    ['2606:4700::1111', true],
    ['10.1.2.3', false],
    ['100.64.0.1', false],
    ['127.0.0.1', false],
    ['169.254.169.254', false],
    ['192.0.0.8', false],
    ['192.168.1.1', false],
    ['198.18.0.1', false],
    ['0.0.0.0', false],
    ['255.255.255.255', false],
    ['224.0.0.1', false],
    ['::1', false],
    ['::ffff:8.8.8.8', false],
    ['fe80::1', false],
    ['fd00::1', false],
    ['64:ff9b::7f00:1', false],
    ['2002:7f00:1::', false],
    ['2001:db8::1', false],
  ])('knows whether %s is public: %s', (address, isPublic) => {
    expect(isPublicAddress(address)).toBe(isPublic);
  });
});
