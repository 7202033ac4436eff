import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freshDatabase, type FreshDatabase, testWorld, topicPrefix, waitFor } from '@mlc/testing';
import type { KafkaLink, PartitionBatch } from './kafka-link.js';
import { OutboxRelay } from './outbox-relay.js';
import { appendToOutbox } from './outbox.js';
import {
  answer,
  type Heard,
  listenTo,
  MessagingWorld,
  migrateMessaging,
  SCHEMA,
} from './spec/messaging-world.js';

let fresh: FreshDatabase;
let world: MessagingWorld;
let listener: { heard: Heard[]; stop: () => Promise<void> };

beforeAll(async () => {
  fresh = await freshDatabase({ template: SCHEMA, migrate: migrateMessaging });
  world = await MessagingWorld.open({
    databaseUrl: fresh.url,
    brokers: testWorld().kafkaBrokers,
    topicPrefix: topicPrefix(),
  });
  listener = await listenTo(world, 'outbox-listener');
}, 60_000);

afterAll(async () => {
  await listener.stop();
  await world.close();
  await fresh.drop();
});

const append = (seller: string, ...commands: string[]): Promise<void> =>
  world.db.forSellers([seller], (tx) =>
    appendToOutbox(
      tx,
      SCHEMA,
      commands.map((command) => answer(seller, command)),
    ),
  );
const heardOf = (seller: string): string[] =>
  listener.heard.filter((one) => one.seller === seller).map((one) => one.commandId);
const relayOver = (kafka: KafkaLink, holdMs = 500): OutboxRelay =>
  new OutboxRelay({ db: world.db, service: 'tenant-api', kafka, holdMs });

function expectGapless(): void {
  const last = new Map<number, number>();
  for (const { partition, sequence } of listener.heard) {
    const before = last.get(partition) ?? 0;
    expect(sequence).toBeLessThanOrEqual(before + 1);
    last.set(partition, Math.max(before, sequence));
  }
}

/** A link whose first `times` sends reach Kafka, but fail as if the answer was lost. */
function unanswered(times: number): { kafka: KafkaLink; sends: PartitionBatch[][] } {
  const link = world.link();
  const sends: PartitionBatch[][] = [];
  const kafka: KafkaLink = {
    ...link,
    producer() {
      const producer = link.producer();
      return {
        ...producer,
        async send(batches) {
          sends.push([...batches]);
          await producer.send(batches);
          if (sends.length <= times) throw new Error('no answer');
        },
      };
    },
  };
  return { kafka, sends };
}

describe('outbox', () => {
  it('sends nothing of a transaction that was rolled back', async () => {
    const relay = relayOver(world.link());
    relay.start();
    const failed = world.db.forSellers(['anna'], async (tx) => {
      await appendToOutbox(tx, SCHEMA, [answer('anna', 'never')]);
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    await append('anna', 'a1', 'a2', 'a3');
    await waitFor(() => heardOf('anna').length >= 3);
    expect(heardOf('anna')).toEqual(['a1', 'a2', 'a3']);
    await relay.stop();
    expect(await relay.backlog()).toBe(0);
  });

  it('does not pass over a row whose transaction committed late', async () => {
    const relay = relayOver(world.link());
    relay.start();
    let commit: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (commit = resolve));
    const late = world.db.forSellers(['ben'], async (tx) => {
      await appendToOutbox(tx, SCHEMA, [answer('ben', 'late')]);
      await held;
    });
    await append('ben', 'early');
    await waitFor(() => heardOf('ben').includes('early'));
    commit();
    await late;
    await waitFor(() => heardOf('ben').includes('late'));
    await relay.stop();
    expectGapless();
  });

  it('repeats a batch of unknown fate with the same sequence numbers', async () => {
    const { kafka, sends } = unanswered(2);
    const relay = relayOver(kafka);
    relay.start();
    await append('cleo', 'c1', 'c2');
    await waitFor(() => heardOf('cleo').length >= 6);
    await relay.stop();
    const sequences = sends.slice(0, 3).map((batches) => JSON.stringify(batches));
    expect(new Set(sequences).size).toBe(1);
    expectGapless();
    expect(await relay.backlog()).toBe(0);
  });

  it('leaves what a dead relay claimed to the next one, sequence included', async () => {
    const { kafka, sends } = unanswered(Number.POSITIVE_INFINITY);
    const dead = relayOver(kafka, 60_000);
    dead.start();
    await append('dora', 'd1', 'd2');
    await waitFor(() => sends.length > 0);
    await dead.stop(0);
    const { kafka: again, sends: resent } = unanswered(0);
    const next = relayOver(again);
    next.start();
    await append('dora', 'd3');
    await waitFor(() => heardOf('dora').includes('d3'));
    await next.stop();
    const first = sends[0]?.[0]?.messages.map((message) => message.headers);
    expect(resent[0]?.[0]?.messages.map((message) => message.headers)).toEqual(first);
    expectGapless();
  });

  it('lets one of two relays work a partition at a time', async () => {
    const relays = [relayOver(world.link()), relayOver(world.link())];
    for (const relay of relays) relay.start();
    const commands = Array.from({ length: 60 }, (_, at) => `e${at}`);
    for (const command of commands) await append('emil', command);
    await waitFor(() => heardOf('emil').length >= commands.length);
    for (const relay of relays) await relay.stop();
    expect(heardOf('emil')).toEqual(commands);
    expectGapless();
  });

  it('tells when Kafka has acknowledged given events', async () => {
    const relay = relayOver(world.link());
    const event = answer('fred', 'f1');
    await append('fred', 'f1');
    await expect(relay.flush(SCHEMA, [event.id], 50)).rejects.toMatchObject({
      failure: { code: 'relay.not-acknowledged', kind: 'unavailable' },
    });
    relay.start();
    await relay.flush(SCHEMA, [event.id], 5_000);
    const { heard, stop } = await listenTo(world, 'flush-listener');
    await waitFor(() => heard.some((one) => one.commandId === 'f1'));
    await stop();
    await relay.stop();
  });
});
