import { Kafka, logLevel } from 'kafkajs';

/**
 * The admin's side of Kafka for launchers, the topic job and specs. (The services' client is the
 * messaging library; nothing else imports kafkajs.)
 */

const CONNECT_TIMEOUT_MS = 2_000;
const REQUEST_TIMEOUT_MS = 15_000;
const ROUND_TRIP_LIMIT_MS = 20_000;

silenceNegativeTimeoutWarning();

/** kafkajs 2.2.4 computes a timeout below zero now and then; Node says so. Only that one is cut. */
function silenceNegativeTimeoutWarning() {
  const emit = process.emitWarning;
  process.emitWarning = (warning, ...rest) => {
    const name = typeof rest[0] === 'string' ? rest[0] : rest[0]?.type;
    if (name === 'TimeoutNegativeWarning' || warning?.name === 'TimeoutNegativeWarning') return;
    emit.call(process, warning, ...rest);
  };
}

/**
 * @param {string[]} brokers
 * @param {{ retries?: number }} options
 */
function client(brokers, { retries = 8 } = {}) {
  return new Kafka({
    clientId: 'ml-connector-admin',
    brokers,
    logLevel: logLevel.NOTHING,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: { retries, initialRetryTime: 50, maxRetryTime: 1_000 },
  });
}

/**
 * One attempt at what "ready" means: the broker answers metadata as its own controller, and its
 * group coordinator is loaded, so that the first consumer is not told to come back later. Throws
 * while it is not so.
 * @param {string[]} brokers
 * @returns {Promise<void>}
 */
export async function probeKafka(brokers) {
  const admin = client(brokers, { retries: 0 }).admin();
  try {
    await admin.connect();
    const { controller } = await admin.describeCluster();
    if (controller === null || controller < 0) throw new Error('no controller is elected yet');
    await admin.fetchOffsets({ groupId: 'ml-connector.probe' });
  } finally {
    await admin.disconnect();
  }
}

/**
 * @typedef {object} TopicSpec
 * @property {string} topic
 * @property {number} partitions
 * @property {Record<string, string>} [configs] for example `{ 'retention.ms': '604800000' }`
 * @property {number} [replicationFactor] 1 when absent
 */

/**
 * A connected admin. `createTopics` leaves topics that exist as they are and answers the names it
 * made; it resolves when each has its leaders.
 * @param {string[]} brokers
 */
export async function connectKafkaAdmin(brokers) {
  const admin = client(brokers).admin();
  await admin.connect();
  return {
    /** @param {TopicSpec[]} topics */
    async createTopics(topics) {
      const existing = new Set(await admin.listTopics());
      const missing = topics.filter(({ topic }) => !existing.has(topic));
      if (missing.length === 0) return [];
      await admin.createTopics({
        waitForLeaders: true,
        timeout: REQUEST_TIMEOUT_MS,
        topics: missing.map(({ topic, partitions, configs = {}, replicationFactor = 1 }) => ({
          topic,
          numPartitions: partitions,
          replicationFactor,
          configEntries: Object.entries(configs).map(([name, value]) => ({ name, value })),
        })),
      });
      return missing.map(({ topic }) => topic);
    },
    listTopics: () => admin.listTopics(),
    /** @param {string[]} topics */
    deleteTopics: (topics) => admin.deleteTopics({ topics, timeout: REQUEST_TIMEOUT_MS }),
    /**
     * The sum over all partitions of the offset that the next message gets.
     * @param {string} topic
     */
    async messageCount(topic) {
      const offsets = await admin.fetchTopicOffsets(topic);
      return offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
    },
    /**
     * How many messages of a topic a consumer group has not committed.
     * @param {string} groupId
     * @param {string} topic
     */
    async lag(groupId, topic) {
      const ends = await admin.fetchTopicOffsets(topic);
      const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
      const reached = new Map(committed?.partitions.map((p) => [p.partition, Number(p.offset)]));
      return ends.reduce((sum, { partition, high, low }) => {
        const at = Math.max(reached.get(partition) ?? 0, Number(low));
        return sum + Math.max(0, Number(high) - at);
      }, 0);
    },
    disconnect: () => admin.disconnect(),
  };
}

/**
 * Writes one message and reads it back through a consumer group: what a spec asks of a broker.
 * @param {string[]} brokers
 * @param {{ topic: string, key: string, value: string }} message
 * @returns {Promise<{ key: string, value: string, partition: number, offset: string }>}
 */
export async function roundTrip(brokers, { topic, key, value }) {
  const kafka = client(brokers);
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  const consumer = kafka.consumer({ groupId: `${topic}.round-trip`, maxWaitTimeInMs: 250 });
  let timer;
  try {
    await producer.connect();
    await producer.send({ topic, acks: -1, messages: [{ key, value }] });
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    return await new Promise((resolve, reject) => {
      timer = setTimeout(
        () => reject(new Error(`${topic}: nothing came back in ${ROUND_TRIP_LIMIT_MS} ms`)),
        ROUND_TRIP_LIMIT_MS,
      );
      consumer
        .run({
          eachMessage: async ({ partition, message }) => {
            if (message.key?.toString() !== key) return;
            resolve({
              key,
              value: message.value?.toString() ?? '',
              partition,
              offset: message.offset,
            });
          },
        })
        .catch(reject);
    });
  } finally {
    clearTimeout(timer);
    await producer.disconnect();
    await consumer.disconnect();
  }
}
