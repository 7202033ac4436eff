import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HealthAnswer {
  readonly ok: boolean;
  readonly [detail: string]: unknown;
}

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 64;
const REQUEST_TIMEOUT_MS = 5_000;

/** `GET /health/live` and `GET /health/ready` on a port of their own: 200 or 503, with the details. */
export async function serveHealth(
  at: { readonly host: string; readonly port: number },
  ready: () => Promise<HealthAnswer>,
): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (request.url === '/health/live') answer(200, { ok: true });
    else if (request.url === '/health/ready') {
      ready().then(
        (state) => answer(state.ok ? 200 : 503, state),
        () => answer(503, { ok: false }),
      );
    } else answer(404, { ok: false });
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.port, at.host, resolve);
  });
  return { port: portOf(server), close: () => closeServer(server) };
}

export function portOf(server: { address(): AddressInfo | string | null }): number {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

/** Takes no more requests and waits for those under way. */
export async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
