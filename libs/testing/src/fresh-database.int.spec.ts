import { afterAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { connectKafkaAdmin, roundTrip } from '../../../deploy/embedded/kafka-admin.mjs';
import { freshDatabase } from './fresh-database.js';
import type { FreshDatabase } from './fresh-database.js';
import { testWorld, topicPrefix } from './world.js';

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

let migrations = 0;
const migrate = async (url: string): Promise<void> => {
  migrations += 1;
  await query(url, 'create table sale (id int primary key)');
};
const made: FreshDatabase[] = [];
const fresh = async (): Promise<FreshDatabase> => {
  const database = await freshDatabase({ template: 'fresh_database_spec', migrate });
  made.push(database);
  return database;
};

afterAll(async () => {
  for (const database of made) await database.drop();
});

describe('freshDatabase', () => {
  it('migrates once and gives each asker a database of its own', async () => {
    const [one, other] = await Promise.all([fresh(), fresh(), fresh()]);
    expect(migrations).toBe(1);
    await query(one.url, 'insert into sale values (1)');
    expect(await query(one.url, 'select id from sale')).toEqual([{ id: 1 }]);
    expect(await query(other.url, 'select id from sale')).toEqual([]);
  });

  it('drops a database that is still in use', async () => {
    const database = await fresh();
    const client = new pg.Client({ connectionString: database.url });
    const ended = new Promise((resolve) => client.on('error', resolve));
    await client.connect();
    await database.drop();
    await ended;
    const { databaseUrl } = testWorld();
    const left = await query(
      databaseUrl,
      `select datname from pg_database where datname = '${database.name}'`,
    );
    expect(left).toEqual([]);
  });

  it('starts a template anew when its migration failed', async () => {
    const template = 'failing_spec';
    const failing = freshDatabase({
      template,
      migrate: () => Promise.reject(new Error('no such column')),
    });
    await expect(failing).rejects.toThrow('no such column');
    const database = await freshDatabase({ template, migrate });
    made.push(database);
    expect(await query(database.url, 'select id from sale')).toEqual([]);
  });
});

describe('the run’s Kafka', () => {
  it('carries a message on a topic of this spec', async () => {
    const { kafkaBrokers } = testWorld();
    const topic = `${topicPrefix()}sale`;
    const admin = await connectKafkaAdmin(kafkaBrokers);
    try {
      expect(await admin.createTopics([{ topic, partitions: 2 }])).toEqual([topic]);
      const message = { key: 'seller-1', value: '{"total":"12.34"}' };
      expect(await roundTrip(kafkaBrokers, { topic, ...message })).toMatchObject(message);
    } finally {
      await admin.disconnect();
    }
  });
});
