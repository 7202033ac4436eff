import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { kafkaCacheFolder, kafkaClassPath } from './kafka-jars.mjs';

const LIMIT_MS = 60_000;
const CLIENTS_JAR = 'kafka-clients-4.4.0.jar';

let repository: Server;
let env: NodeJS.ProcessEnv;
let cache: string;
/** What the repository serves instead of the true jar. */
let planted: Record<string, string>;
let source: string;

beforeEach(async () => {
  await kafkaClassPath();
  source = kafkaCacheFolder();
  planted = {};
  repository = createServer((request, response) => {
    const file = basename(request.url ?? '');
    response.end(planted[file] ?? readFileSync(join(source, file)));
  });
  await new Promise<void>((resolve) => repository.listen(0, '127.0.0.1', resolve));
  const { port } = repository.address() as AddressInfo;
  cache = mkdtempSync(join(tmpdir(), 'mlc-jars-'));
  env = { XDG_CACHE_HOME: cache, MAVEN_REPOSITORY_URL: `http://127.0.0.1:${port}/maven2` };
}, LIMIT_MS);

afterEach(async () => {
  rmSync(cache, { recursive: true, force: true });
  await new Promise((resolve) => repository.close(resolve));
});

const fetchInto = async (downloads: string[]): Promise<string> =>
  kafkaClassPath({ env, onDownload: (file) => downloads.push(file) });

describe('kafkaClassPath', () => {
  it(
    'fetches every jar once, and again one that was tampered with',
    async () => {
      const downloads: string[] = [];
      const classPath = await fetchInto(downloads);
      expect(downloads).toHaveLength(classPath.split(':').length);
      await fetchInto(downloads);
      expect(downloads).toHaveLength(classPath.split(':').length);

      writeFileSync(join(kafkaCacheFolder(env), CLIENTS_JAR), 'another jar');
      const again: string[] = [];
      await fetchInto(again);
      expect(again).toEqual([CLIENTS_JAR]);
    },
    LIMIT_MS,
  );

  it(
    'names the jar that is not the pinned one, and keeps nothing of it',
    async () => {
      planted[CLIENTS_JAR] = 'something else';
      await expect(fetchInto([])).rejects.toThrow(
        /org\.apache\.kafka:kafka-clients:4\.4\.0 .* is not the pinned one/,
      );
      expect(readdirSync(kafkaCacheFolder(env))).not.toContain(CLIENTS_JAR);
    },
    LIMIT_MS,
  );
});
