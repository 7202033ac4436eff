import { setTimeout as pause } from 'node:timers/promises';
import { type Answer, commandAnswered, type Draft, draft, TOPICS } from '@mlc/events';
import {
  type Database,
  openDatabase,
  runMigrations,
  schemaRoles,
  sellerTable,
} from '@mlc/postgres';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
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

export interface Servers {
  /** A superuser's, to a migrated database. */
  readonly databaseUrl: string;
  readonly brokers: readonly string[];
  readonly topicPrefix: string;
}

export async function migrateMessaging(adminUrl: string): Promise<void> {
  const schema = { service: 'tenant-api', schema: SCHEMA, migrations: [Messaging1700000000001] };
  await runMigrations({ adminUrl, schema, passwords });
}

/** A database with the tables of a service, and topics of its own on the run's Kafka. */
export class MessagingWorld {
  private constructor(
    readonly db: Database,
    private readonly admin: DataSource,
    private readonly servers: Servers,
  ) {}

  static async open(servers: Servers): Promise<MessagingWorld> {
    const url = (role: string, password: string): string => {
      const one = new URL(servers.databaseUrl);
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
    const admin = await new DataSource({
      type: 'postgres',
      url: servers.databaseUrl,
    }).initialize();
    const world = new MessagingWorld(db, admin, servers);
    await world.link().createTopics([TOPICS.answer]);
    return world;
  }

  link(): KafkaLink {
    const { brokers, topicPrefix } = this.servers;
    return kafkaLink({ brokers, clientId: 'messaging-spec', topicPrefix });
  }

  async rows<R>(sql: string): Promise<R[]> {
    return this.admin.query<R[]>(sql);
  }

  async close(): Promise<void> {
    await this.db.close();
    await this.admin.destroy();
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
