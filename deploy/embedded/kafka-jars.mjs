import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import mavenDownload from 'mvn-artifact-download';
import pins from './kafka-jars.json' with { type: 'json' };
import { progressBar } from './progress.mjs';

const PARALLEL_DOWNLOADS = 6;
const ATTEMPTS = 3;
const MEGABYTE = 1_000_000;

export const KAFKA_VERSION = pins.version;

/** The user's cache folder of this Kafka, shared by all clones. */
export function kafkaCacheFolder(env = process.env) {
  const cache = env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(cache, 'ml-connector', `kafka-${pins.version}`);
}

/**
 * The class path of Kafka: its jars from the cache, downloaded from a Maven repository
 * (`MAVEN_REPOSITORY_URL`, else Maven Central) when missing. Every jar has its pinned SHA-256; the
 * verdict is stamped with sizes and times of the files, so that an untouched cache is not hashed
 * again.
 * @param {{ env?: NodeJS.ProcessEnv, onDownload?: (file: string) => void }} [options]
 * @returns {Promise<string>}
 */
export async function kafkaClassPath({ env = process.env, onDownload = () => undefined } = {}) {
  const folder = kafkaCacheFolder(env);
  await mkdir(folder, { recursive: true });
  const stampFile = join(folder, 'verified.json');
  const known = await readStamp(stampFile);
  const missing = [];
  const stamp = {};
  for (const jar of pins.jars) {
    const file = join(folder, jar.file);
    const mark = await markOf(file, jar);
    if (mark !== undefined && mark === known[jar.file]) stamp[jar.file] = mark;
    else if (mark !== undefined && (await sha256(file)) === jar.sha256) stamp[jar.file] = mark;
    else missing.push(jar);
  }
  if (missing.length > 0) {
    await downloadAll({ missing, folder, env, onDownload });
    for (const jar of missing) stamp[jar.file] = await markOf(join(folder, jar.file), jar);
  }
  if (JSON.stringify(stamp) !== JSON.stringify(known)) {
    const draft = `${stampFile}.${process.pid}`;
    await writeFile(draft, JSON.stringify(stamp));
    await rename(draft, stampFile);
  }
  return pins.jars.map((jar) => join(folder, jar.file)).join(':');
}

async function readStamp(file) {
  if (!existsSync(file)) return {};
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return {}; // half a stamp: hash again
  }
}

async function markOf(file, jar) {
  const found = await stat(file).catch(() => undefined);
  return found ? `${jar.sha256} ${found.size} ${Math.round(found.mtimeMs)}` : undefined;
}

async function sha256(file) {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}

async function downloadAll({ missing, folder, env, onDownload }) {
  const total = missing.reduce((sum, jar) => sum + jar.bytes, 0);
  const what = `Apache Kafka ${pins.version} (${missing.length} of ${pins.jars.length} jars)`;
  const bar = progressBar({
    title: `Fetching ${what}`,
    total,
    unit: 'MB',
    scale: MEGABYTE,
  });
  const started = performance.now();
  const drafts = await mkdtemp(join(folder, 'download-'));
  let done = 0;
  const queue = [...missing];
  const worker = async () => {
    for (let jar = queue.shift(); jar; jar = queue.shift()) {
      onDownload(jar.file);
      await downloadOne({ jar, drafts, folder, env });
      done += jar.bytes;
      bar.update(done);
    }
  };
  try {
    await Promise.all(Array.from({ length: PARALLEL_DOWNLOADS }, worker));
  } catch (error) {
    queue.length = 0;
    bar.end(`Fetching ${what} failed.`);
    throw error;
  } finally {
    await rm(drafts, { recursive: true, force: true });
  }
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  bar.end(`Fetched ${what} in ${seconds} s`);
}

async function downloadOne({ jar, drafts, folder, env }) {
  const repository = env.MAVEN_REPOSITORY_URL?.replace(/\/*$/, '/') ?? pins.repository;
  const [groupId, artifactId, version] = jar.artifact.split(':');
  const artifact = { groupId, artifactId, version, extension: 'jar' };
  const draft = join(drafts, jar.file);
  for (let attempt = 1; ; attempt += 1) {
    try {
      await (mavenDownload.default ?? mavenDownload)(artifact, drafts, repository, jar.file);
      break;
    } catch (cause) {
      if (attempt < ATTEMPTS) continue;
      throw new Error(
        `Kafka's jar ${jar.artifact} cannot be fetched from ${repository}: ${cause.message} ` +
          'Check the network, name a mirror in MAVEN_REPOSITORY_URL, or set KAFKA_BROKERS.',
        { cause },
      );
    }
  }
  const found = await sha256(draft);
  if (found !== jar.sha256) {
    throw new Error(
      `Kafka's jar ${jar.artifact} from ${repository} is not the pinned one: SHA-256 ${found}, ` +
        `expected ${jar.sha256}. Nothing was kept. Ask who runs that repository, or set KAFKA_BROKERS.`,
    );
  }
  await rename(draft, join(folder, jar.file));
}
