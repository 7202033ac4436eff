import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { awaitReady } from './await-ready.mjs';
import { findOnPath, spawnBound } from './bound-process.mjs';
import { freePorts } from './free-port.mjs';
import { probeKafka } from './kafka-admin.mjs';
import { startKafkaContainer } from './kafka-docker.mjs';
import { KAFKA_VERSION, kafkaClassPath } from './kafka-jars.mjs';
import { brokerSettings } from './kafka-settings.mjs';

const run = promisify(execFile);

const JAVA_MAJOR = 17;
const READY_LIMIT_MS = 60_000;
const FORMAT_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 10_000;
const PORT_ATTEMPTS = 3;

/** One core's worth of compiling and collecting: the broker is up sooner and stays small. */
const JVM_FLAGS = [
  '-Xmx512m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Djava.awt.headless=true',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
];

/**
 * A one-node Apache Kafka (KRaft) on free loopback ports, its data kept in `dataDir/kafka`: by Java
 * 17 or newer, else in a container where a Docker engine answers.
 * @param {{ dataDir: string, onDownload?: (file: string) => void }} options
 * @returns {Promise<{ brokers: string[], pid: number, guardPid: number | undefined,
 *   stop: () => Promise<void> }>}
 */
export async function startKafka({ dataDir, onDownload }) {
  const java = await findJava();
  if (!java) return startKafkaContainer({ dataDir, version: KAFKA_VERSION });
  const classPath = await kafkaClassPath({ onDownload });
  await mkdir(dataDir, { recursive: true });
  for (let attempt = 1; ; attempt += 1) {
    const [brokerPort, controllerPort] = await freePorts(2);
    try {
      return await serve({ java, classPath, dataDir, brokerPort, controllerPort });
    } catch (error) {
      const taken = error instanceof Error && /BindException|already in use/.test(error.message);
      if (!taken || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

/** `JAVA_HOME`, else `java` on PATH, if it is new enough. */
async function findJava() {
  const home = process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin', 'java') : undefined;
  for (const java of [home, findOnPath('java')]) {
    if (!java || !existsSync(java)) continue;
    const answer = await run(java, ['-version']).catch(() => undefined);
    const major = /version "(\d+)/.exec(answer?.stderr ?? '')?.[1];
    if (major && Number.parseInt(major, 10) >= JAVA_MAJOR) return java;
  }
  return undefined;
}

async function serve({ java, classPath, dataDir, brokerPort, controllerPort }) {
  const data = join(dataDir, 'kafka');
  const settings = brokerSettings({
    listen: '127.0.0.1',
    brokerPort,
    controllerPort,
    logDirs: data,
  });
  const propertiesFile = join(dataDir, 'kafka.properties');
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  await writeFile(propertiesFile, `${lines.join('\n')}\n`);
  if (!existsSync(join(data, 'meta.properties'))) {
    await rm(data, { recursive: true, force: true });
    await format({ java, classPath, propertiesFile });
  }
  const logFile = join(dataDir, 'kafka.log');
  const log = await open(logFile, 'w');
  let server;
  try {
    server = await spawnBound(java, [...JVM_FLAGS, 'kafka.Kafka', propertiesFile], {
      deathSignal: 'TERM',
      stdio: ['ignore', log.fd, log.fd],
      cwd: dataDir,
      env: { ...process.env, CLASSPATH: classPath },
    });
  } finally {
    await log.close();
  }
  const brokers = [`127.0.0.1:${brokerPort}`];
  const stop = () => server.stop({ signal: 'SIGTERM', limitMs: STOP_LIMIT_MS });
  try {
    await awaitReady({
      name: 'Apache Kafka',
      probe: () => probeKafka(brokers),
      exited: server.exited,
      logFile,
      limitMs: READY_LIMIT_MS,
      intervalMs: 50,
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { brokers, pid: server.pid, guardPid: server.guardPid, stop };
}

async function format({ java, classPath, propertiesFile }) {
  const clusterId = randomBytes(16).toString('base64url');
  const args = ['format', `--cluster-id=${clusterId}`, '--config', propertiesFile];
  try {
    await run(java, [...JVM_FLAGS, 'kafka.tools.StorageTool', ...args], {
      timeout: FORMAT_LIMIT_MS,
      env: { ...process.env, CLASSPATH: classPath },
    });
  } catch (cause) {
    const settings = await readFile(propertiesFile, 'utf8');
    throw new Error(
      `Kafka's storage could not be formatted: ${cause.stderr || cause.message}\nSettings:\n${settings}`,
      { cause },
    );
  }
}
