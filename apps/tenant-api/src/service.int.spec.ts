import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sellerEndpoints } from '@mlc/api';
import { firstBreak, readChain } from '@mlc/audit';
import { sellerSchema, TOPICS } from '@mlc/events';
import { type RunningProcess, startProcess, testWorld, topicPrefix, waitFor } from '@mlc/testing';
import { ensureBuilt } from '../../../deploy/embedded/build.mjs';
import { connectKafkaAdmin } from '../../../deploy/embedded/kafka-admin.mjs';
import { tenantDatabase, type TenantDatabase } from './spec/tenant-database.js';

const folder = mkdtempSync(join(tmpdir(), 'mlc-tenant-service-'));
const key = `wmc_live_admin_${randomBytes(32).toString('hex')}`;
let tenant: TenantDatabase;
let environment: Record<string, string>;
let main: string;
let service: RunningProcess;

const secretFile = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text, { mode: 0o600 });
  return join(folder, name);
};

beforeAll(async () => {
  const { dist } = await ensureBuilt();
  main = join(dist, 'apps/tenant-api/src/main.js');
  tenant = await tenantDatabase();
  const { kafkaBrokers } = testWorld();
  const prefix = topicPrefix();
  const admin = await connectKafkaAdmin(kafkaBrokers);
  const topics = Object.values(TOPICS);
  await admin.createTopics(
    topics.map(({ name, partitions }) => ({ topic: prefix + name, partitions })),
  );
  await admin.disconnect();
  environment = {
    ...tenant.urls,
    KAFKA_BROKERS: kafkaBrokers.join(','),
    TOPIC_PREFIX: prefix,
    ADMIN_API_KEY_FILE: secretFile('key', key),
    SERVICE_TOKEN_SECRET_FILE: secretFile('secret', randomBytes(48).toString('base64')),
    VAULT_URL: 'https://localhost:1',
  };
}, 120_000);

afterAll(async () => {
  await service.kill();
  await tenant.drop();
  rmSync(folder, { recursive: true, force: true });
});

async function start(more: Record<string, string>): Promise<void> {
  service = await startProcess({
    name: 'tenant-api',
    command: 'node',
    args: [main],
    env: { ...environment, ...more },
    logFile: join(folder, 'tenant-api.log'),
    readyWhen: 'json-line',
  });
}

const create = () =>
  fetch(`http://127.0.0.1:${Number(service.ready['port'])}${sellerEndpoints.createSeller.path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      name: 'Alma Lamps',
      market: 'US',
      walmartSellerId: '10001',
      ledger: { tenant: 'ALMA_TST', enterpriseGroup: '1000', accountingEntity: '1001' },
      currency: 'USD',
      accountingZone: 'America/New_York',
      goLiveDate: '2026-02-01',
      polling: { everyMs: 60_000 },
    }),
  });

describe('the service as a process', () => {
  it('killed between commit and answer, answers the same request with what was committed, recorded once', async () => {
    await start({ MLC_CRASH_AT: 'tenant.after-commit-before-answer:1' });
    await expect(create()).rejects.toThrow();
    await start({});
    const answer = await create();
    expect(answer.status).toBe(201);
    const seller = sellerSchema.parse(await answer.json());
    expect(seller.version).toBe(1);
    const chain = await waitFor(
      async () => {
        const sealed = await tenant.db.forSellers([seller.sellerId], (tx) =>
          readChain(tx, { seller: seller.sellerId, after: 0n, limit: 10 }),
        );
        return sealed.length > 0 && sealed;
      },
      { timeoutMs: 30_000, describe: 'the audit record to be sealed' },
    );
    expect(chain.map(({ record }) => record.action)).toEqual(['seller-created']);
    expect(firstBreak(chain)).toBeNull();
    expect(await service.stop()).toEqual({ code: 0, signal: null });
    expect(readFileSync(service.logFile, 'utf8')).not.toContain(key);
  }, 90_000);
});
