import { createRequire } from 'node:module';
import type { Topic } from '@mlc/events';
import { systemClock } from '@mlc/kernel';
import {
  type Consumer,
  type EachBatchPayload,
  Kafka,
  logLevel,
  type Message,
  Partitioners,
} from 'kafkajs';
import type { Log } from './log.js';

/** The one file that knows the Kafka client: replacing the client means replacing this file. */

export interface KafkaConfig {
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Put before every topic's name and the group's id; tells installations on one Kafka apart. */
  readonly topicPrefix?: string;
  /** How long the partitions of a killed member wait for the next one; 10 s unless told. */
  readonly sessionTimeoutMs?: number;
  readonly log?: Log;
}

export interface OutgoingMessage {
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface PartitionBatch {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly OutgoingMessage[];
}

export interface EventProducer {
  connect(): Promise<void>;
  /** Resolves when all in-sync replicas have every message; rejects when any of it is not known to be so. */
  send(batches: readonly PartitionBatch[]): Promise<void>;
  close(): Promise<void>;
}

export interface FetchedMessage {
  readonly offset: bigint;
  readonly value: Buffer;
  header(name: string): string | undefined;
}

/** What one fetch brought of one partition. */
export interface FetchedBatch {
  /** Without the prefix. */
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly FetchedMessage[];
  /** False when the consumer stops, or the partition is to be read from elsewhere. */
  isCurrent(): boolean;
  /** Throws when the group is being rebalanced: the batch must then be given up. */
  heartbeat(): Promise<void>;
  /** Moves on: `nextOffset` is the first one not dealt with. */
  commit(nextOffset: bigint): Promise<void>;
  /** Reads on from another offset; the rest of this batch must then be given up. */
  seek(offset: bigint): void;
}

export interface AssignedPartition {
  readonly topic: string;
  readonly partition: number;
  /** Kafka's offset of the group, null while there is none. */
  readonly committed: bigint | null;
  seek(offset: bigint): void;
}

export interface ConsumerConfig {
  readonly group: string;
  readonly topics: readonly string[];
  /** Partitions worked on at the same time. */
  readonly concurrency: number;
  readonly onBatch: (batch: FetchedBatch) => Promise<void>;
  /** Called after every join with what this member reads now. */
  readonly onJoined?: (partitions: readonly AssignedPartition[]) => Promise<void>;
  /** Called when the client gives up for good. */
  readonly onFatal: (error: Error) => void;
}

export interface EventConsumer {
  /** Resolves when the group was joined and `onJoined` is done. */
  start(): Promise<void>;
  /** Waits for batches in work, then leaves the group. */
  stop(): Promise<void>;
}

export interface KafkaLink {
  readonly topicPrefix: string;
  producer(): EventProducer;
  consumer(config: ConsumerConfig): EventConsumer;
  /** Makes what is missing, with one replica: for specs. Elsewhere the topic job does it. */
  createTopics(topics: readonly Pick<Topic, 'name' | 'partitions'>[]): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 20_000;
/** A broker that just started answers "coordinator loading" for a while. */
const RETRY = { initialRetryTime: 100, maxRetryTime: 2_000, retries: 12 };
const SESSION_TIMEOUT_MS = 10_000;
/** Heartbeats within one session. */
const HEARTBEATS = 10;
/** The client's default of 5 s is also how long it takes to stop and to seek. */
const FETCH_WAIT_MS = 250;
const FETCH_BYTES_PER_PARTITION = 2 * 1024 * 1024;
const ALL_REPLICAS = -1;

export function kafkaLink(config: KafkaConfig): KafkaLink {
  letIdleConnectionsRest();
  const topicPrefix = config.topicPrefix ?? '';
  const kafka = new Kafka({
    clientId: config.clientId,
    brokers: [...config.brokers],
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: RETRY,
    logLevel: config.log ? logLevel.WARN : logLevel.NOTHING,
    logCreator: () => (entry) => {
      const fields = {
        reason: entry.log['error'] as unknown,
        group: entry.log['groupId'] as unknown,
      };
      const text = `kafka client: ${entry.log.message}`;
      if (entry.level === logLevel.ERROR) config.log?.error(fields, text);
      else config.log?.warn(fields, text);
    },
  });
  return {
    topicPrefix,
    producer: () => producer(kafka, topicPrefix),
    consumer: (consumerConfig) =>
      consumer(kafka, topicPrefix, {
        ...consumerConfig,
        sessionTimeoutMs: config.sessionTimeoutMs ?? SESSION_TIMEOUT_MS,
      }),
    createTopics: (topics) => createTopics(kafka, topicPrefix, topics),
  };
}

async function createTopics(
  kafka: Kafka,
  topicPrefix: string,
  topics: readonly Pick<Topic, 'name' | 'partitions'>[],
): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    await admin.createTopics({
      topics: topics.map(({ name, partitions }) => ({
        topic: topicPrefix + name,
        numPartitions: partitions,
        replicationFactor: 1,
      })),
    });
  } finally {
    await admin.disconnect();
  }
}

function producer(kafka: Kafka, topicPrefix: string): EventProducer {
  const client = kafka.producer({
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  return {
    connect: () => client.connect(),
    async send(batches) {
      const topics = new Map<string, Message[]>();
      for (const { topic, partition, messages } of batches) {
        const list = topics.get(topic) ?? [];
        for (const message of messages) list.push({ ...message, partition });
        topics.set(topic, list);
      }
      await client.sendBatch({
        acks: ALL_REPLICAS,
        topicMessages: [...topics].map(([topic, messages]) => ({
          topic: topicPrefix + topic,
          messages,
        })),
      });
    },
    close: () => client.disconnect(),
  };
}

function consumer(
  kafka: Kafka,
  topicPrefix: string,
  config: ConsumerConfig & { readonly sessionTimeoutMs: number },
): EventConsumer {
  const client = kafka.consumer({
    groupId: topicPrefix + config.group,
    allowAutoTopicCreation: false,
    sessionTimeout: config.sessionTimeoutMs,
    heartbeatInterval: Math.ceil(config.sessionTimeoutMs / HEARTBEATS),
    maxWaitTimeInMs: FETCH_WAIT_MS,
    maxBytesPerPartition: FETCH_BYTES_PER_PARTITION,
    retry: RETRY,
  });
  client.on(client.events.CRASH, ({ payload }) => {
    if (!payload.restart) config.onFatal(payload.error);
  });
  const fetched = (payload: EachBatchPayload): FetchedBatch => {
    const { topic, partition } = payload.batch;
    return {
      topic: topic.slice(topicPrefix.length),
      partition,
      messages: payload.batch.messages.map((message) => ({
        offset: BigInt(message.offset),
        value: message.value ?? Buffer.alloc(0),
        header: (name) => message.headers?.[name]?.toString(),
      })),
      isCurrent: () => payload.isRunning() && !payload.isStale(),
      heartbeat: () => payload.heartbeat(),
      async commit(nextOffset) {
        payload.resolveOffset((nextOffset - 1n).toString());
        const partitions = [{ partition, offset: nextOffset.toString() }];
        await payload.commitOffsetsIfNecessary({ topics: [{ topic, partitions }] });
      },
      seek: (offset) => client.seek({ topic, partition, offset: offset.toString() }),
    };
  };
  const known = (one: GroupOffset): AssignedPartition => ({
    topic: one.topic.slice(topicPrefix.length),
    partition: one.partition,
    committed: one.committed,
    seek: (offset) => client.seek({ ...one, offset: offset.toString() }),
  });
  return {
    async start() {
      await client.connect();
      await client.subscribe({
        topics: config.topics.map((topic) => topicPrefix + topic),
        fromBeginning: true,
      });
      const joined = afterEachJoin(client, config.onFatal, async (groupId, assignment) => {
        const list = await assigned(kafka, groupId, assignment);
        await config.onJoined?.(list.map((one) => known(one)));
      });
      await client.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: config.concurrency,
        eachBatch: (payload) => config.onBatch(fetched(payload)),
      });
      await joined;
    },
    stop: () => client.disconnect(),
  };
}

/**
 * Runs `check` after every join; resolves with the first. Reading on from a place nobody checked could
 * skip messages (H1), so a check that fails is the end of the process.
 */
function afterEachJoin(
  client: Consumer,
  onFatal: (error: Error) => void,
  check: (groupId: string, assignment: Record<string, number[]>) => Promise<void>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    client.on(client.events.GROUP_JOIN, ({ payload }) => {
      check(payload.groupId, payload.memberAssignment).then(resolve, (cause: unknown) => {
        const error = cause instanceof Error ? cause : new Error(String(cause));
        reject(error);
        onFatal(error);
      });
    });
  });
}

interface GroupOffset {
  readonly topic: string;
  readonly partition: number;
  readonly committed: bigint | null;
}

async function assigned(
  kafka: Kafka,
  groupId: string,
  assignment: Readonly<Record<string, readonly number[]>>,
): Promise<GroupOffset[]> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const topics = await admin.fetchOffsets({ groupId, topics: Object.keys(assignment) });
    return topics.flatMap(({ topic, partitions }) =>
      partitions
        .filter(({ partition }) => assignment[topic]?.includes(partition))
        .map(({ partition, offset }) => {
          const committed = BigInt(offset);
          return { topic, partition, committed: committed < 0n ? null : committed };
        }),
    );
  } finally {
    await admin.disconnect();
  }
}

interface RequestQueue {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
  scheduleCheckPendingRequests(): void;
}

let resting = false;

/**
 * kafkajs 2.2.4 re-arms a timer with a negative delay, which Node makes 1 ms: every connection wakes
 * the process a thousand times a second for nothing, and warns of it. Nothing waits, nothing to check.
 */
function letIdleConnectionsRest(): void {
  if (resting) return;
  resting = true;
  const load = createRequire(import.meta.url);
  const queue = load('kafkajs/src/network/requestQueue') as { prototype: RequestQueue };
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its queue below
  const schedule = queue.prototype.scheduleCheckPendingRequests;
  const clock = systemClock();
  queue.prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    const throttled = this.throttledUntil > clock.now();
    if (this.pending.length > 0 || throttled) schedule.call(this);
  };
}
