import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { serviceSecret, signServiceToken, TokenLender, VaultClient } from '@mlc/credentials';
import { createHttpClient, type HttpClient } from '@mlc/http';
import { type Clock, systemClock } from '@mlc/kernel';
import { kafkaLink, OutboxRelay } from '@mlc/messaging';
import { createLogger, PlatformModule, ProblemFilter } from '@mlc/service-kit';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { SignJWT } from 'jose';
import { CredentialVaultModule } from './credential-vault.module.js';
import {
  ionapiOf,
  TokenEndpoint,
  tlsFiles,
  type TlsFiles,
  tokenNumber,
  walmartCredential,
} from './spec/token-endpoint.js';
import { vaultDatabase, type VaultDatabase } from './spec/vault-database.js';

const clock = systemClock();
const secretText = randomBytes(48).toString('base64');
const secret = serviceSecret(secretText);

let vault: VaultDatabase;
let endpoint: TokenEndpoint;
let tls: TlsFiles;
let app: INestApplication;
let http: HttpClient;
let url = '';

beforeAll(async () => {
  vault = await vaultDatabase();
  const made = await tlsFiles();
  tls = made;
  endpoint = await TokenEndpoint.start(made);
  app = await startVault(made);
  const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
  url = `https://localhost:${port}`;
  http = createHttpClient({
    allowedHosts: ['localhost'],
    allowedSuffixes: [],
    caFile: tls.certFile,
    clock,
  });
});

beforeEach(() => {
  endpoint.reset();
});

afterAll(async () => {
  await http.close();
  await app.close();
  await endpoint.stop();
  await vault.drop();
  tls.remove();
});

/** The service on a TLS port of its own, put together as `main.ts` does it. */
async function startVault(made: { cert: string; key: string }): Promise<INestApplication> {
  const file = (name: string, text: string): string => {
    const path = join(dirname(tls.certFile), name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const log = createLogger('credential-vault', 'silent');
  const kafka = kafkaLink({ brokers: ['127.0.0.1:1'], clientId: 'spec', log });
  const config = {
    VAULT_KEY_FILE: file('vault.key', randomBytes(32).toString('base64')),
    SERVICE_TOKEN_SECRET_FILE: file('service.secret', secretText),
    WALMART_REFRESH_AFTER_MS: 840_000,
    CLOUDSUITE_REFRESH_BEFORE_MS: 300_000,
    IDLE_AFTER_MS: 1_800_000,
    OUTBOUND_ALLOWED_HOSTS: [endpoint.host],
    OUTBOUND_CA_FILE: tls.certFile,
    INTERNAL_CA_FILE: tls.certFile,
  };
  const relay = new OutboxRelay({ db: vault.db, service: 'credential-vault', kafka, clock });
  const parts = { db: vault.db, relay, clock, log, config: config as never };
  const module = await Test.createTestingModule({
    imports: [PlatformModule.forService(parts), CredentialVaultModule],
  }).compile();
  const options = { httpsOptions: { cert: made.cert, key: made.key } };
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest's option types are classes
  const started = module.createNestApplication(options);
  started.useLogger(false);
  started.useGlobalFilters(new ProblemFilter(log));
  await started.listen(0, 'localhost');
  return started;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly body: { readonly code?: string; readonly status?: number };
}

async function ask(
  method: 'PUT' | 'POST',
  path: string,
  call: { token?: string; body: unknown },
): Promise<Answer> {
  const sent = await http.send({
    method,
    url: `${url}/internal/v1/${path}`,
    headers: {
      'content-type': 'application/json',
      ...(call.token === undefined ? {} : { authorization: `Bearer ${call.token}` }),
    },
    body: JSON.stringify(call.body),
    timeoutMs: 20_000,
    maxResponseBytes: 65_536,
  });
  if (!sent.ok) throw new Error(sent.error.message);
  const text = sent.value.body;
  return { status: sent.value.status, text, body: JSON.parse(text) as Answer['body'] };
}

const tokenOf = (service: string, at: Clock = clock) => signServiceToken(secret, service, at);
const asking = (seller: string, system: string) => ({ seller, system, refusedTokenHash: null });

async function sealBoth(seller: string): Promise<Answer[]> {
  const token = await tokenOf('tenant-api');
  return [
    await ask('PUT', `credentials/${seller}/walmart`, { token, body: walmartCredential(endpoint) }),
    await ask('PUT', `credentials/${seller}/cloudsuite`, {
      token,
      body: { ionapi: ionapiOf(endpoint) },
    }),
  ];
}

function clientOf(service: string): VaultClient {
  return new VaultClient({ url, http, clock, secret, service });
}

describe('who may come in', () => {
  const forAudience = async (audience: string): Promise<string> =>
    new SignJWT({})
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setSubject('ingestion')
      .setAudience(audience)
      .setIssuer('ml-connector')
      .setIssuedAt(Math.floor(clock.now() / 1000))
      .setExpirationTime(Math.floor(clock.now() / 1000) + 60)
      .sign(secret);

  it('is nobody without a living token of ours for the vault', async () => {
    const past: Clock = { now: () => clock.now() - 120_000, monotonicMs: () => 0 };
    const stranger = serviceSecret(randomBytes(48).toString('base64'));
    const tokens = [
      undefined,
      '',
      'nonsense',
      await forAudience('tenant-api'),
      await tokenOf('ingestion', past),
      await signServiceToken(stranger, 'ingestion', clock),
    ];
    for (const token of tokens) {
      const answer = await ask('POST', 'tokens', {
        ...(token === undefined ? {} : { token }),
        body: asking('anyone', 'walmart'),
      });
      expect([answer.status, answer.body.code]).toEqual([401, 'credentials.service-token']);
    }
    // The same token, but for the right audience, gets as far as the vault's answer.
    const right = await forAudience('credential-vault');
    const answer = await ask('POST', 'tokens', {
      token: right,
      body: asking('anyone', 'walmart'),
    });
    expect(answer.status).toBe(404);
  });

  it('is each service for its own system only, and the tenant API for sealing only', async () => {
    await sealBoth('rights');
    for (const [service, system] of [
      ['ingestion', 'cloudsuite'],
      ['gl-posting', 'walmart'],
      ['tenant-api', 'walmart'],
      ['tenant-api', 'cloudsuite'],
      ['mapping', 'walmart'],
    ] as const) {
      const token = await tokenOf(service);
      const answer = await ask('POST', 'tokens', { token, body: asking('rights', system) });
      expect([answer.status, answer.body.code]).toEqual([403, 'vault.caller-forbidden']);
    }
    for (const service of ['ingestion', 'gl-posting', 'mapping']) {
      const answer = await ask('PUT', 'credentials/rights/walmart', {
        token: await tokenOf(service),
        body: walmartCredential(endpoint),
      });
      expect(answer.status).toBe(403);
    }
    expect(endpoint.logins).toHaveLength(0);
  });
});

describe('sealing and borrowing', () => {
  it('answers a fingerprint and what is public, and lends to whom it belongs', async () => {
    const sealed = await sealBoth('path');
    expect(sealed.map(({ status }) => status)).toEqual([200, 200]);
    expect(sealed.map(({ body }) => body)).toEqual([
      { fingerprint: expect.any(String), attributes: { baseUrl: endpoint.url } },
      {
        fingerprint: expect.any(String),
        attributes: { tenant: 'ACME_TST', apiBase: `${endpoint.url}/ACME_TST` },
      },
    ]);
    for (const { text } of sealed) expect(text).not.toMatch(/canary/);
    const walmart = await new TokenLender(clientOf('ingestion'), clock).lend('path', 'walmart');
    const infor = await new TokenLender(clientOf('gl-posting'), clock).lend('path', 'cloudsuite');
    expect([walmart, infor]).toMatchObject([
      { ok: true, value: { accessToken: tokenNumber(1), endpoint: endpoint.url } },
      { ok: true, value: { accessToken: tokenNumber(2), endpoint: `${endpoint.url}/ACME_TST` } },
    ]);
  });

  it('does not know a seller without a credential', async () => {
    const answer = await ask('POST', 'tokens', {
      token: await tokenOf('ingestion'),
      body: asking('nobody', 'walmart'),
    });
    expect([answer.status, answer.body.code]).toEqual([404, 'vault.no-credential']);
    expect(await clientOf('ingestion').borrow('nobody', 'walmart', null)).toMatchObject({
      ok: false,
      error: { kind: 'not-found', code: 'vault.no-credential' },
    });
  });

  it('says what a vendor’s refusal means, without what was sent', async () => {
    await sealBoth('refused');
    endpoint.status = 401;
    const answer = await ask('POST', 'tokens', {
      token: await tokenOf('ingestion'),
      body: asking('refused', 'walmart'),
    });
    expect([answer.status, answer.body.code]).toEqual([401, 'walmart.credentials-refused']);
    endpoint.status = 500;
    const trouble = await ask('POST', 'tokens', {
      token: await tokenOf('gl-posting'),
      body: asking('refused', 'cloudsuite'),
    });
    expect([trouble.status, trouble.body.code]).toEqual([503, 'cloudsuite.token-unavailable']);
    expect(answer.text + trouble.text).not.toMatch(/canary/);
  });
});

describe('what cannot be read', () => {
  const cases: readonly [string, string, unknown][] = [
    ['a seller id that is none', 'credentials/a,b/walmart', null],
    ['a member too many', 'credentials/s/walmart', { surplus: 'canary-surplus' }],
    ['a secret that is no text', 'credentials/s/walmart', { clientSecret: { canary: 'x' } }],
    ['an address that is not https', 'credentials/s/walmart', { baseUrl: 'http://canary.example' }],
  ];

  it.each(cases)('is refused by its field: %s', async (_, path, more) => {
    const answer = await ask('PUT', path, {
      token: await tokenOf('tenant-api'),
      body: { ...walmartCredential(endpoint), ...(more as object | null) },
    });
    expect([answer.status, answer.body.code]).toEqual([400, 'vault.request-invalid']);
    expect(answer.text).not.toMatch(/canary/);
  });

  it('is an .ionapi file that leads somewhere else, or a request for no seller', async () => {
    const token = await tokenOf('tenant-api');
    const elsewhere = { ...ionapiOf(endpoint), pu: 'https://attacker.example/ACME_TST/as/' };
    const file = await ask('PUT', 'credentials/s/cloudsuite', {
      token,
      body: { ionapi: elsewhere },
    });
    expect([file.status, file.body.code]).toEqual([400, 'cloudsuite.ionapi-refused']);
    expect(file.text).not.toMatch(/canary|attacker/);
    const nobody = await ask('POST', 'tokens', { token, body: asking('a,b', 'walmart') });
    expect([nobody.status, nobody.body.code]).toEqual([400, 'vault.request-invalid']);
    expect((await vault.dump()).includes('attacker')).toBe(false);
  });
});

it('hides the reason when a copied row does not open', async () => {
  await sealBoth('victim');
  await sealBoth('thief');
  await vault.asAdmin(
    `update vault.credential t set sealed = v.sealed, version = v.version from vault.credential v
     where t.seller_id = 'thief' and v.seller_id = 'victim' and t.system = v.system`,
  );
  const answer = await ask('POST', 'tokens', {
    token: await tokenOf('ingestion'),
    body: asking('thief', 'walmart'),
  });
  expect([answer.status, answer.body.code]).toEqual([500, 'internal']);
  expect(endpoint.logins).toHaveLength(0);
});
