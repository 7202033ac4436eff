import { setTimeout as pause } from 'node:timers/promises';
import { type Answer, commandAnswered, type Draft, draft, TOPICS } from '@mlc/events';
import {
  type Database,
  openDatabase,
  runMigrations,
  schemaRoles,
  sellerTable,
} from '@mlc/postgres';
import { freshDatabase, type FreshDatabase, testWorld, topicPrefix } from '@mlc/testing';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { connectKafkaAdmin } from '../../../../../deploy/embedded/kafka-admin.mjs';
import { type KafkaLink, kafkaLink } from '../kafka-link.js';
import { messagingTables } from '../tables.js';

export const SCHEMA = 'messaging_spec';
export const TOPIC = TOPICS.answer.name;

class Messaging1700000000001 implements MigrationInterface {
  name = 'Messaging1700000000001';
  async up(runner: QueryRunner) {
    for (const sql of messagingTables(SCHEMA)) await runner.query(sql);
    await runner.query(
      `CREATE TABLE ${SCHEMA}.answer
        (seller_id text, command_id text, message text, PRIMARY KEY (seller_id, command_id))`,
    );
    for (const sql of sellerTable(SCHEMA, 'answer')) await runner.query(sql);
  }
  async down(runner: QueryRunner) {
    await runner.query(`DROP SCHEMA ${SCHEMA} CASCADE`);
  }
}

const passwords = { app: 'app', system: 'system' };

/** A database with the tables of a service, and topics of its own on the run's Kafka. */
export class MessagingWorld {
  private constructor(
    readonly db: Database,
    readonly admin: DataSource,
    readonly prefix: string,
    private readonly fresh: FreshDatabase,
  ) {}

  static async make(): Promise<MessagingWorld> {
    const prefix = topicPrefix();
    const kafkaAdmin = await connectKafkaAdmin(testWorld().kafkaBrokers);
    await kafkaAdmin.createTopics([
      { topic: prefix + TOPIC, partitions: TOPICS.answer.partitions },
    ]);
    await kafkaAdmin.disconnect();
    const schema = { service: 'tenant-api', schema: SCHEMA, migrations: [Messaging1700000000001] };
    const fresh = await freshDatabase({
      template: SCHEMA,
      migrate: async (adminUrl) => {
        await runMigrations({ adminUrl, schema, passwords });
      },
    });
    const url = (role: string, password: string): string => {
      const one = new URL(fresh.url);
      one.username = role;
      one.password = password;
      return one.href;
    };
    const roles = schemaRoles(SCHEMA);
    const db = await openDatabase({
      url: url(roles.app, passwords.app),
      systemUrl: url(roles.system, passwords.system),
      service: 'tenant-api',
      schema: SCHEMA,
    });
    const admin = await new DataSource({ type: 'postgres', url: fresh.url }).initialize();
    return new MessagingWorld(db, admin, prefix, fresh);
  }

  link(): KafkaLink {
    return kafkaLink({
      brokers: testWorld().kafkaBrokers,
      clientId: 'messaging-spec',
      topicPrefix: this.prefix,
    });
  }

  async rows<R>(sql: string): Promise<R[]> {
    return this.admin.query<R[]>(sql);
  }

  async close(): Promise<void> {
    await this.db.close();
    await this.admin.destroy();
    await this.fresh.drop();
  }
}

export function answer(seller: string, commandId: string, message = 'done'): Draft<Answer> {
  return draft(commandAnswered, {
    seller,
    market: 'US',
    occurredAt: Date.parse('2026-11-23T12:00:00Z'),
    correlationId: 'correlation',
    identity: [seller, commandId],
    payload: { commandId, by: 'mapping', ok: true, message, detail: {} },
  });
}

export interface Heard {
  readonly partition: number;
  readonly offset: bigint;
  readonly sequence: number;
  readonly seller: string;
  readonly commandId: string;
}

/** Listens to the topic from its beginning with a group of its own. */
export async function listenTo(
  world: MessagingWorld,
  group: string,
): Promise<{ heard: Heard[]; stop: () => Promise<void> }> {
  const heard: Heard[] = [];
  const consumer = world.link().consumer({
    group,
    topics: [TOPIC],
    concurrency: 1,
    onFatal: (error) => {
      throw error;
    },
    async onBatch(batch) {
      for (const { offset, value } of batch.messages) {
        const event = JSON.parse(value.toString()) as {
          seller: string;
          sequence: number;
          payload: Answer;
        };
        heard.push({
          partition: batch.partition,
          offset,
          sequence: event.sequence,
          seller: event.seller,
          commandId: event.payload.commandId,
        });
      }
      await batch.commit((batch.messages.at(-1)?.offset ?? 0n) + 1n);
    },
  });
  await consumer.start();
  return { heard, stop: () => consumer.stop() };
}

/** Lets whatever is already under way happen; only to show that something does *not*. */
export function settle(): Promise<void> {
  return pause(300);
}
