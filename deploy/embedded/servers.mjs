import { mkdir, realpath } from 'node:fs/promises';

/**
 * @typedef {object} Servers
 * @property {string} databaseUrl a superuser's connection string
 * @property {string[]} kafkaBrokers `host:port`
 * @property {{ postgres?: number, kafka?: number }} pids of what was started here
 * @property {number[]} guardPids
 * @property {{ postgresMs: number, kafkaMs: number }} startTimes
 * @property {() => Promise<void>} stop
 */

/**
 * PostgreSQL and Apache Kafka: those that `DATABASE_URL` and `KAFKA_BROKERS` (comma-separated)
 * name, else started here, both at once, with their data in `dataDir`. They die with this process.
 * @param {{ dataDir: string, durable?: boolean, env?: NodeJS.ProcessEnv,
 *   onDownload?: (file: string) => void }} options `durable: false` trades what a crash of the
 *   machine would leave for speed: for specs
 * @returns {Promise<Servers>}
 */
export async function startServers({ dataDir, durable = true, env = process.env, onDownload }) {
  await mkdir(dataDir, { recursive: true });
  const folder = await realpath(dataDir);
  const [postgres, kafka] = await Promise.allSettled([
    timed(() => givenPostgres(env) ?? ownPostgres({ dataDir: folder, durable })),
    timed(() => givenKafka(env) ?? ownKafka({ dataDir: folder, onDownload })),
  ]);
  const failed = [postgres, kafka].find((result) => result.status === 'rejected');
  if (failed) {
    for (const result of [postgres, kafka]) {
      if (result.status === 'fulfilled') await result.value.stop();
    }
    throw failed.reason;
  }
  const { databaseUrl } = postgres.value;
  const { brokers } = kafka.value;
  return {
    databaseUrl,
    kafkaBrokers: brokers,
    pids: {
      ...(postgres.value.pid ? { postgres: postgres.value.pid } : {}),
      ...(kafka.value.pid ? { kafka: kafka.value.pid } : {}),
    },
    guardPids: [postgres.value.guardPid, kafka.value.guardPid].filter((pid) => pid !== undefined),
    startTimes: { postgresMs: postgres.value.tookMs, kafkaMs: kafka.value.tookMs },
    stop: async () => {
      await Promise.all([postgres.value.stop(), kafka.value.stop()]);
    },
  };
}

async function timed(start) {
  const from = performance.now();
  const started = await start();
  return { ...started, tookMs: Math.round(performance.now() - from) };
}

async function nothing() {
  return undefined;
}

function givenPostgres(env) {
  const databaseUrl = env.DATABASE_URL;
  return databaseUrl ? { databaseUrl, stop: nothing } : undefined;
}

function givenKafka(env) {
  const brokers = (env.KAFKA_BROKERS ?? '')
    .split(',')
    .map((broker) => broker.trim())
    .filter(Boolean);
  return brokers.length > 0 ? { brokers, stop: nothing } : undefined;
}

// Loaded when needed: a given server needs neither binaries nor jars.
async function ownPostgres(options) {
  return (await import('./postgres.mjs')).startPostgres(options);
}

async function ownKafka(options) {
  return (await import('./kafka.mjs')).startKafka(options);
}
