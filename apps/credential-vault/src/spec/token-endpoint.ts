import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';

export interface Login {
  readonly path: string;
  readonly authorization: string;
  readonly body: string;
}

export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  remove(): void;
}

/** A certificate of localhost, made for the spec, in files. */
export async function tlsFiles(): Promise<TlsFiles & { cert: string; key: string }> {
  const pems = await generate([{ name: 'commonName', value: 'localhost' }], {
    keySize: 2048,
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
    ],
  });
  const folder = mkdtempSync(join(tmpdir(), 'mlc-vault-'));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  return {
    cert: pems.cert,
    key: pems.private,
    certFile: file('cert.pem', pems.cert),
    keyFile: file('key.pem', pems.private),
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Both vendors' token endpoints in one: counts logins and answers as it was told. */
export class TokenEndpoint {
  readonly logins: Login[] = [];
  /** Of the tokens to come. */
  lifeS = 900;
  /** Of the answers to come; above 200 no token is given. */
  status = 200;
  /** Awaited before an answer: what happens while a login is under way. */
  meanwhile: () => Promise<void> = () => Promise.resolve();

  private constructor(
    private readonly server: Server,
    /** `localhost:port`, as an operator allows it. */
    readonly host: string,
  ) {}

  static async start(tls: { cert: string; key: string }): Promise<TokenEndpoint> {
    const server = createServer({ cert: tls.cert, key: tls.key });
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    const { port } = server.address() as AddressInfo;
    const endpoint = new TokenEndpoint(server, `localhost:${port}`);
    server.on('request', (request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const { authorization = '' } = request.headers;
        const body = Buffer.concat(parts).toString('utf8');
        endpoint.logins.push({ path: request.url ?? '', authorization, body });
        const token = { access_token: tokenNumber(endpoint.logins.length), token_type: 'Bearer' };
        void endpoint.meanwhile().then(() => {
          response.writeHead(endpoint.status, { 'content-type': 'application/json' });
          response.end(
            JSON.stringify(
              endpoint.status === 200
                ? { ...token, expires_in: endpoint.lifeS }
                : { error: 'invalid_client' },
            ),
          );
        });
      });
    });
    return endpoint;
  }

  get url(): string {
    return `https://${this.host}`;
  }

  /** As the next test wants it: nothing counted, everything granted. */
  reset(): void {
    this.logins.length = 0;
    this.lifeS = 900;
    this.status = 200;
    this.meanwhile = () => Promise.resolve();
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** The token of the nth login since the last reset. */
export function tokenNumber(nth: number): string {
  return `canary-vendor-token-${nth}`;
}

export const WALMART_SECRET = 'canary-walmart-client-secret';

export function walmartCredential(endpoint: TokenEndpoint) {
  return { clientId: 'walmart-client', clientSecret: WALMART_SECRET, baseUrl: endpoint.url };
}

/** A backend service's file of tenant ACME_TST whose authority is the spec's endpoint. */
export function ionapiOf(endpoint: TokenEndpoint) {
  return {
    ti: 'ACME_TST',
    cn: 'ml-connector',
    ci: 'ACME_TST~client',
    cs: 'canary-ionapi-client-secret',
    iu: endpoint.url,
    pu: `${endpoint.url}/ACME_TST/as/`,
    ot: 'token.oauth2',
    saak: 'canary-ionapi-access-key',
    sask: 'canary-ionapi-secret-key',
  };
}
