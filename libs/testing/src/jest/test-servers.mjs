import pg from 'pg';
import { connectKafkaAdmin } from '../../../../deploy/embedded/kafka-admin.mjs';
import { dockerAnswers } from '../../../../deploy/embedded/kafka-docker.mjs';
import { makeRunFolder } from '../../../../deploy/embedded/run-folder.mjs';
import { startServers } from '../../../../deploy/embedded/servers.mjs';

/**
 * The servers of a test run: those given by `DATABASE_URL` and `KAFKA_BROKERS`; what is not given
 * from containers where a Docker engine answers, else embedded. `finish` stops what was started and
 * takes the run's databases and topics from what was given.
 * @returns {Promise<{ databaseUrl: string, kafkaBrokers: string[],
 *   finish: (runId: string) => Promise<void> }>}
 */
export async function startTestServers() {
  const given = { ...process.env };
  const allGiven = Boolean(given.DATABASE_URL && given.KAFKA_BROKERS);
  const containers = !allGiven && (await dockerAnswers()) ? await startContainers(given) : [];
  const run = makeRunFolder('test');
  const servers = await startServers({ dataDir: run.folder, durable: false, env: given });
  return {
    databaseUrl: servers.databaseUrl,
    kafkaBrokers: servers.kafkaBrokers,
    async finish(runId) {
      if (!servers.pids.postgres) await dropDatabases(servers.databaseUrl, runId);
      if (!servers.pids.kafka) await deleteTopics(servers.kafkaBrokers, runId);
      await servers.stop();
      for (const container of containers) await container.stop();
      run.remove();
    },
  };
}

/** Fills in what `env` lacks. Their reaper ends the containers of a run that was killed. */
async function startContainers(env) {
  const containers = [];
  if (!env.DATABASE_URL) {
    const { PostgreSqlContainer } = await import('@testcontainers/postgresql');
    const postgres = await new PostgreSqlContainer('postgres:18').start();
    env.DATABASE_URL = postgres.getConnectionUri();
    containers.push(postgres);
  }
  if (!env.KAFKA_BROKERS) {
    const { KafkaContainer } = await import('@testcontainers/kafka');
    const kafka = await new KafkaContainer('confluentinc/cp-kafka:8.1.0').withKraft().start();
    env.KAFKA_BROKERS = `${kafka.getHost()}:${kafka.getMappedPort(9093)}`;
    containers.push(kafka);
  }
  return containers;
}

async function dropDatabases(url, runId) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query('select datname from pg_database where datname like $1', [
      `mlc\\_${runId}\\_%`,
    ]);
    for (const { datname } of rows) {
      await client.query(`drop database ${client.escapeIdentifier(datname)} with (force)`);
    }
  } finally {
    await client.end();
  }
}

async function deleteTopics(brokers, runId) {
  const admin = await connectKafkaAdmin(brokers);
  try {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(`t.${runId}.`));
    if (topics.length > 0) await admin.deleteTopics(topics);
  } finally {
    await admin.disconnect();
  }
}
