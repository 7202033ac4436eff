import { execFile } from 'node:child_process';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { awaitReady } from './await-ready.mjs';
import { spawnBound } from './bound-process.mjs';
import { freePorts } from './free-port.mjs';
import { probeKafka } from './kafka-admin.mjs';
import { brokerSettings } from './kafka-settings.mjs';

const run = promisify(execFile);

const ENGINE_LIMIT_MS = 5_000;
const PULL_AND_START_LIMIT_MS = 300_000;
const STOP_LIMIT_MS = 20_000;

/**
 * Kafka in a container, for machines without Java. The container lives as long as its attached
 * client, which is bound to this process.
 * @param {{ dataDir: string, version: string }} options
 */
export async function startKafkaContainer({ dataDir, version }) {
  if (!(await dockerAnswers())) {
    throw new Error(
      'Apache Kafka needs Java 17 or newer, and neither `java` nor a Docker engine answers here: ' +
        'install one (Debian: apt-get install openjdk-17-jre-headless; macOS: brew install openjdk@17), ' +
        'or set KAFKA_BROKERS to a cluster of yours.',
    );
  }
  const [brokerPort, controllerPort] = await freePorts(2);
  const settings = brokerSettings({
    listen: '0.0.0.0',
    brokerPort,
    controllerPort,
    logDirs: '/tmp/kafka-logs',
  });
  const environment = Object.entries(settings).flatMap(([name, value]) => [
    '-e',
    `KAFKA_${name.replaceAll('.', '_').toUpperCase()}=${value}`,
  ]);
  const publish = `127.0.0.1:${brokerPort}:${brokerPort}`;
  await mkdir(dataDir, { recursive: true });
  const logFile = join(dataDir, 'kafka.log');
  const log = await open(logFile, 'w');
  const server = await spawnBound(
    'docker',
    ['run', '--rm', '-p', publish, ...environment, `apache/kafka:${version}`],
    { deathSignal: 'TERM', stdio: ['ignore', log.fd, log.fd] },
  ).finally(() => log.close());
  const brokers = [`127.0.0.1:${brokerPort}`];
  const stop = () => server.stop({ signal: 'SIGTERM', limitMs: STOP_LIMIT_MS });
  try {
    await awaitReady({
      name: `The container apache/kafka:${version}`,
      probe: () => probeKafka(brokers),
      exited: server.exited,
      logFile,
      limitMs: PULL_AND_START_LIMIT_MS,
      intervalMs: 250,
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { brokers, pid: server.pid, guardPid: server.guardPid, stop };
}

/** @returns {Promise<boolean>} whether a Docker engine (not only its client) answers */
export async function dockerAnswers() {
  return run('docker', ['version', '--format', '{{.Server.Version}}'], {
    timeout: ENGINE_LIMIT_MS,
  }).then(
    () => true,
    () => false,
  );
}
