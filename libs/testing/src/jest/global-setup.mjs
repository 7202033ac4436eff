import { randomBytes } from 'node:crypto';
import { startTestServers } from './test-servers.mjs';

/** Once for a whole run; the workers read the addresses from their environment. */
export default async function setup() {
  const servers = await startTestServers();
  globalThis.mlcTestServers = servers;
  process.env.MLC_TEST_DATABASE_URL = servers.databaseUrl;
  process.env.MLC_TEST_KAFKA_BROKERS = servers.kafkaBrokers.join(',');
  process.env.MLC_TEST_RUN_ID = randomBytes(3).toString('hex');
}
