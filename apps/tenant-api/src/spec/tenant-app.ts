import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callEndpoint, type Call, type Endpoint } from '@mlc/api';
import { VaultClient } from '@mlc/credentials';
import { ok, type Result, sha256Hex, systemClock } from '@mlc/kernel';
import { kafkaLink, OutboxRelay } from '@mlc/messaging';
import { createLogger, PlatformModule, ProblemFilter } from '@mlc/service-kit';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { TenantApiModule } from '../tenant-api.module.js';
import { tenantDatabase, type TenantDatabase } from './tenant-database.js';

export interface TenantApp {
  readonly tenant: TenantDatabase;
  readonly app: INestApplication;
  readonly url: string;
  readonly key: string;
  /** Bodies the vault was given, by path of the seller and system. */
  readonly sealed: Map<string, unknown>;
  call<P, Q, B, S>(endpoint: Endpoint<P, Q, B, S>, call?: Call<P, Q, B>): Promise<Result<S>>;
  close(): Promise<void>;
}

/** The service on a port of its own, as `main.ts` starts it, with another program's vault. */
export async function tenantApp(): Promise<TenantApp> {
  const folder = mkdtempSync(join(tmpdir(), 'mlc-tenant-api-'));
  const key = `wmc_live_admin_${randomBytes(32).toString('hex')}`;
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const tenant = await tenantDatabase();
  const clock = systemClock();
  const log = createLogger('tenant-api', 'silent');
  const kafka = kafkaLink({ brokers: ['127.0.0.1:1'], clientId: 'spec', log });
  const config = {
    ADMIN_API_KEY_FILE: file('key', `${key}\n`),
    SERVICE_TOKEN_SECRET_FILE: file('secret', randomBytes(48).toString('base64')),
    VAULT_URL: 'https://vault.invalid',
    PING_TIMEOUT_MS: 5_000,
  };
  const sealed = new Map<string, unknown>();
  const seal = (seller: string, system: string, body: object) => {
    sealed.set(`${seller}/${system}`, body);
    const fingerprint = sha256Hex(JSON.stringify(body)).slice(0, 16);
    return Promise.resolve(ok({ fingerprint, attributes: { system } }));
  };
  const relay = new OutboxRelay({ db: tenant.db, service: 'tenant-api', kafka, clock });
  const parts = { db: tenant.db, relay, clock, log, config: config as never };
  const module = await Test.createTestingModule({
    imports: [PlatformModule.forService(parts), TenantApiModule],
  })
    .overrideProvider(VaultClient)
    .useValue({
      sealWalmart: (seller: string, body: object) => seal(seller, 'walmart', body),
      sealCloudSuite: (seller: string, body: object) => seal(seller, 'cloudsuite', body),
    })
    .compile();
  const app = module.createNestApplication();
  app.useLogger(false);
  app.useGlobalFilters(new ProblemFilter(log));
  await app.listen(0, '127.0.0.1');
  const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
  const url = `http://127.0.0.1:${port}`;
  return {
    tenant,
    app,
    url,
    key,
    sealed,
    call: (endpoint, call) =>
      callEndpoint(
        async ({ method, path, body }) => {
          const answer = await fetch(url + path, {
            method,
            headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
            body,
          });
          return { status: answer.status, body: await answer.text() };
        },
        endpoint,
        call,
      ),
    close: async () => {
      await app.close();
      await tenant.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
