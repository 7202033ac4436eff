import { join, resolve as absolute } from 'node:path';
import { parseArgs } from 'node:util';
import { watchLifeline } from './lifeline.mjs';
import { repositoryRoot } from './root.mjs';
import { startServers } from './servers.mjs';

const { values } = parseArgs({ options: { data: { type: 'string' } } });
const dataDir = absolute(values.data ?? join(repositoryRoot(), '.cache', 'up'));

const stopOrder = new Promise((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => resolve(signal));
  watchLifeline(() => resolve('end of its parent'));
});

try {
  const servers = await startServers({ dataDir });
  const { databaseUrl, kafkaBrokers, pids, guardPids, startTimes } = servers;
  const line = { ready: true, databaseUrl, kafkaBrokers, pids, guardPids, startTimes, dataDir };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  process.stdout.write(
    `PostgreSQL   DATABASE_URL=${databaseUrl}\n` +
      `Apache Kafka KAFKA_BROKERS=${kafkaBrokers.join(',')}\n` +
      `Data in ${dataDir}. Ctrl-C stops both.\n`,
  );
  const reason = await stopOrder;
  process.stderr.write(`Stopping (${reason}) …\n`);
  await servers.stop();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
process.exit();
