import 'reflect-metadata';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Answer } from '@mlc/events';
import { freshDatabase, type FreshDatabase, testWorld, topicPrefix, waitFor } from '@mlc/testing';
import { Controller, type INestMicroservice, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern } from '@nestjs/microservices';
import type { EventBatch } from './apply-slice.js';
import type { KafkaLink, OutgoingMessage } from './kafka-link.js';
import { createStrategy, type KafkaBatchStrategy } from './kafka-batch-strategy.js';
import { KeepHandlerError } from './keep-handler-error.js';
import { OutboxRelay } from './outbox-relay.js';
import { appendToOutbox } from './outbox.js';
import { partitionOf } from './partition-of.js';
import {
  answer,
  MessagingWorld,
  migrateMessaging,
  SCHEMA,
  settle,
  TOPIC,
} from './spec/messaging-world.js';

/** What the handler saw, in order, whether or not its transaction was committed. */
let seen: string[] = [];
let failFor: (batch: EventBatch<Answer>) => Error | null = () => null;

@Controller()
class Answers {
  @EventPattern<Record<string, EventBatch<Answer>>>(TOPIC)
  async handle(batch: EventBatch<Answer>): Promise<void> {
    seen.push(...batch.events.map((event) => `${event.seller}:${event.payload.commandId}`));
    const failure = failFor(batch);
    if (failure) throw failure;
    await batch.tx.execute(
      `INSERT INTO ${SCHEMA}.answer SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
       ON CONFLICT (seller_id, command_id) DO UPDATE SET message = excluded.message`,
      [
        batch.events.map((event) => event.seller),
        batch.events.map((event) => event.payload.commandId),
        batch.events.map((event) => event.payload.message),
      ],
    );
  }
}

@Module({ controllers: [Answers] })
class AnswersModule {}

let fresh: FreshDatabase;
let world: MessagingWorld;
let relay: OutboxRelay;
let running: { app: INestMicroservice; strategy: KafkaBatchStrategy } | undefined;

beforeAll(async () => {
  fresh = await freshDatabase({ template: SCHEMA, migrate: migrateMessaging });
  world = await MessagingWorld.open({
    databaseUrl: fresh.url,
    brokers: testWorld().kafkaBrokers,
    topicPrefix: topicPrefix(),
  });
  relay = new OutboxRelay({ db: world.db, service: 'mapping', kafka: world.link() });
  relay.start();
}, 60_000);

afterEach(async () => {
  await stop();
  seen = [];
  failFor = () => null;
});

afterAll(async () => {
  await relay.stop();
  await world.close();
  await fresh.drop();
});

async function start(kafka: KafkaLink = world.link()): Promise<KafkaBatchStrategy> {
  const strategy = createStrategy({ db: world.db, service: 'tenant-api', kafka });
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest's option types are classes
  const app = await NestFactory.createMicroservice(AnswersModule, { strategy, logger: false });
  app.useGlobalFilters(new KeepHandlerError());
  await app.listen();
  running = { app, strategy };
  return strategy;
}

async function stop(): Promise<void> {
  await running?.app.close();
  running = undefined;
}

const publish = (seller: string, ...commands: string[]): Promise<void> =>
  world.db.forSellers([seller], (tx) =>
    appendToOutbox(
      tx,
      SCHEMA,
      commands.map((command) => answer(seller, command)),
    ),
  );

async function stored(seller: string): Promise<string[]> {
  const rows = await world.rows<{ command_id: string }>(
    `SELECT command_id FROM ${SCHEMA}.answer WHERE seller_id = '${seller}' ORDER BY 1`,
  );
  return rows.map((row) => row.command_id);
}

/** Puts a message into a partition as some other producer would. */
async function produce(key: string, message: Partial<OutgoingMessage>): Promise<void> {
  const producer = world.link().producer();
  await producer.connect();
  const partition = partitionOf(key, 3);
  await producer.send([
    { topic: TOPIC, partition, messages: [{ key, value: '', headers: {}, ...message }] },
  ]);
  await producer.close();
}

function text(seller: string, commandId: string, change: object = {}): string {
  const { topic: _topic, ...envelope } = answer(seller, commandId);
  return JSON.stringify({ ...envelope, sequence: 0, ...change });
}

describe('events through Kafka', () => {
  it('bring the state of one service to another', async () => {
    await start();
    await publish('alma', 'a1', 'a2');
    await publish('boris', 'b1');
    await waitFor(async () => (await stored('alma')).length === 2 && (await stored('boris'))[0]);
    expect(await stored('alma')).toEqual(['a1', 'a2']);
    expect(seen.filter((one) => one.startsWith('alma'))).toEqual(['alma:a1', 'alma:a2']);
  });

  it('come again when the offset was not committed, and change nothing', async () => {
    let skipped = 0;
    const link = world.link();
    await start({
      ...link,
      consumer: (config) =>
        link.consumer({
          ...config,
          onBatch: (batch) =>
            config.onBatch({
              ...batch,
              async commit(nextOffset) {
                if (skipped >= 2) return batch.commit(nextOffset);
                skipped += 1;
                return undefined;
              },
            }),
        }),
    });
    await publish('carl', 'c1', 'c2');
    await waitFor(() => seen.filter((one) => one === 'carl:c2').length >= 3);
    expect(await stored('carl')).toEqual(['c1', 'c2']);
  });

  it('are handled again in their order when the handler fails, with its own error', async () => {
    let failures = 0;
    failFor = ({ events }) => {
      if (failures >= 2 || !events.some((event) => event.seller === 'dana')) return null;
      failures += 1;
      return new Error(`ledger of dana is closed (${failures})`);
    };
    const strategy = await start();
    await publish('dana', 'd1', 'd2');
    await waitFor(() => strategy.stuck().some((one) => one.message.includes('dana is closed')));
    await publish('dana', 'd3');
    await waitFor(async () => (await stored('dana')).length === 3);
    const successful = seen.filter((one) => one.startsWith('dana')).slice(-3);
    expect(successful).toEqual(['dana:d1', 'dana:d2', 'dana:d3']);
    await waitFor(() => strategy.stuck().length === 0);
  });

  it('that cannot be read are set aside with the reason, and the others go on', async () => {
    await start();
    await produce('enno', { value: '{"id":' });
    await produce('enno', { value: text('enno', 'e\u0000') });
    await produce('enno', { value: text('enno', 'e2', { seller: 'enno,dana' }) });
    await publish('enno', 'e3');
    await waitFor(async () => (await stored('enno')).length === 1);
    const aside = await world.rows<{ reason: string }>(
      `SELECT reason FROM ${SCHEMA}.set_aside ORDER BY message_offset`,
    );
    expect(aside.map((row) => row.reason)).toEqual([
      'not JSON',
      'holds a NUL character',
      'envelope: not a seller id of ours',
    ]);
  });

  it('of a newer version wait in order with all later ones of that seller only', async () => {
    await start();
    await produce('fritz', { value: text('fritz', 'f1', { version: 2 }) });
    await publish('fritz', 'f2');
    const neighbour = ['g', 'h', 'i', 'j', 'k', 'l', 'm'].find(
      (one) => partitionOf(one, 3) === partitionOf('fritz', 3),
    );
    await publish(neighbour ?? 'none', 'n1');
    await waitFor(async () => (await stored(neighbour ?? 'none')).length === 1);
    expect(await stored('fritz')).toEqual([]);
    const parked = `SELECT message::jsonb -> 'payload' ->> 'commandId' AS command
                      FROM ${SCHEMA}.parked ORDER BY message_offset`;
    expect(await world.rows(parked)).toEqual([{ command: 'f1' }, { command: 'f2' }]);
    // The release that can read them.
    await stop();
    await world.rows(
      `UPDATE ${SCHEMA}.parked SET message = replace(message, '"version":2', '"version":1')`,
    );
    await start();
    expect(await stored('fritz')).toEqual(['f1', 'f2']);
    expect(await world.rows(parked)).toEqual([]);
  });

  it('are read again from our own offset when it is lower than Kafka’s', async () => {
    await start();
    await publish('greta', 'g1');
    await waitFor(async () => (await stored('greta')).length === 1);
    await stop();
    await world.rows(`UPDATE ${SCHEMA}.consumer_offset SET next_offset = 0`);
    await world.rows(`DELETE FROM ${SCHEMA}.answer`);
    await start();
    await waitFor(async () => (await stored('greta')).length === 1);
    await waitFor(async () => (await stored('alma')).length === 2);
  });

  it('stop their partition when a sequence number is missing', async () => {
    const strategy = await start();
    const headers = { producer: 'ingestion' };
    await produce('hanna', { value: text('hanna', 'h1'), headers: { ...headers, sequence: '1' } });
    await waitFor(async () => (await stored('hanna')).length === 1);
    await produce('hanna', { value: text('hanna', 'h3'), headers: { ...headers, sequence: '3' } });
    await waitFor(() => strategy.stuck().some((one) => one.message.includes('sequence-gap')));
    await settle();
    expect(await stored('hanna')).toEqual(['h1']);
    await stop();
    await world.rows(`UPDATE ${SCHEMA}.consumer_offset SET sequences = '{}'`);
    await start();
    await waitFor(async () => (await stored('hanna')).length === 2);
  });
});
