import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { connectKafkaAdmin, roundTrip } from './kafka-admin.mjs';
import { readProcess, stillRuns } from './process-tree.mjs';
import type { KnownProcess } from './process-tree.mjs';
import { startServers } from './servers.mjs';
import type { Servers } from './servers.mjs';

const START_LIMIT_MS = 90_000;

let dataDir: string;
let running: Servers | undefined;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'mlc-servers-'));
});

afterEach(async () => {
  await running?.stop();
  running = undefined;
  rmSync(dataDir, { recursive: true, force: true });
}, START_LIMIT_MS);

async function start(downloads: string[] = []): Promise<Servers> {
  const { DATABASE_URL: _, KAFKA_BROKERS: __, ...env } = process.env;
  const onDownload = (file: string): void => {
    downloads.push(file);
  };
  running = await startServers({ dataDir, env, onDownload });
  return running;
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('startServers', () => {
  it(
    'serves, stops without a trace, and keeps its data for the next start',
    async () => {
      const first = await start();
      await query(first.databaseUrl, 'create table sale (id int)');
      await query(first.databaseUrl, 'insert into sale values (1)');
      const admin = await connectKafkaAdmin(first.kafkaBrokers);
      await admin.createTopics([{ topic: 'sale', partitions: 2 }]);
      const message = { topic: 'sale', key: 'seller-1', value: 'first' };
      expect(await roundTrip(first.kafkaBrokers, message)).toMatchObject({ value: 'first' });
      await admin.disconnect();

      const pids = [first.pids.postgres, first.pids.kafka, ...first.guardPids];
      const processes = pids.map((pid) => readProcess(pid as number)) as KnownProcess[];
      expect(processes.filter(stillRuns)).toHaveLength(4);
      await first.stop();
      expect(processes.filter(stillRuns)).toEqual([]);

      const downloads: string[] = [];
      const second = await start(downloads);
      expect(downloads).toEqual([]);
      expect(second.databaseUrl).not.toBe(first.databaseUrl);
      expect(await query(second.databaseUrl, 'select id from sale')).toEqual([{ id: 1 }]);
      const again = await connectKafkaAdmin(second.kafkaBrokers);
      expect(await again.listTopics()).toContain('sale');
      expect(await again.messageCount('sale')).toBe(1);
      expect(await again.lag('nobody', 'sale')).toBe(1);
      await again.disconnect();
    },
    2 * START_LIMIT_MS,
  );

  it('starts nothing that is given', async () => {
    const given = { DATABASE_URL: 'postgresql://db.example/x', KAFKA_BROKERS: 'k1:9092, k2:9092' };
    const servers = await startServers({ dataDir, env: given });
    expect(servers).toMatchObject({
      databaseUrl: given.DATABASE_URL,
      kafkaBrokers: ['k1:9092', 'k2:9092'],
      pids: {},
    });
    await servers.stop();
  });

  it(
    'refuses a data folder that another launcher uses',
    async () => {
      const { KAFKA_BROKERS: _, DATABASE_URL: __, ...env } = process.env;
      const onlyPostgres = { ...env, KAFKA_BROKERS: 'k1:9092' };
      running = await startServers({ dataDir, env: onlyPostgres });
      await expect(startServers({ dataDir, env: onlyPostgres })).rejects.toThrow(
        /lock file "postmaster.pid" already exists/,
      );
      await query(running.databaseUrl, 'select 1');
    },
    START_LIMIT_MS,
  );
});
