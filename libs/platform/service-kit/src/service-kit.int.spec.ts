import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { TOPICS } from '@mlc/events';
import { kafkaLink } from '@mlc/messaging';
import { runMigrations, schemaRoles } from '@mlc/postgres';
import {
  freshDatabase,
  type FreshDatabase,
  type RunningProcess,
  startProcess,
  testWorld,
  topicPrefix,
  waitFor,
} from '@mlc/testing';
import { Answers1700000000001 } from './spec/answers-service.js';

const passwords = { app: 'app', system: 'system' };
const folder = mkdtempSync(join(tmpdir(), 'mlc-service-kit-'));
let fresh: FreshDatabase;
let main: string;
let environment: Record<string, string>;
let running: RunningProcess | undefined;

beforeAll(async () => {
  const root = join(import.meta.dirname, '../../../..');
  const build = `import('./deploy/embedded/build.mjs').then((build) => build.ensureBuilt())`;
  execFileSync(process.execPath, ['-e', build], { cwd: root });
  main = join(root, 'dist/libs/platform/service-kit/src/spec/main.js');
  const schema = { service: 'tenant-api', schema: 'tenant', migrations: [Answers1700000000001] };
  fresh = await freshDatabase({
    template: 'service_kit_spec',
    migrate: async (adminUrl) => {
      await runMigrations({ adminUrl, schema, passwords });
    },
  });
  const { kafkaBrokers } = testWorld();
  const prefix = topicPrefix();
  const kafka = kafkaLink({ brokers: kafkaBrokers, clientId: 'spec', topicPrefix: prefix });
  await kafka.createTopics([TOPICS.answer]);
  const roles = schemaRoles('tenant');
  environment = {
    DATABASE_APP_URL: withRole(roles.app, passwords.app),
    DATABASE_SYSTEM_URL: withRole(roles.system, passwords.system),
    KAFKA_BROKERS: kafkaBrokers.join(','),
    TOPIC_PREFIX: prefix,
    ANSWERS_PORT: '0',
  };
}, 120_000);

afterEach(async () => {
  await running?.stop();
  running = undefined;
});

afterAll(async () => {
  await fresh.drop();
  rmSync(folder, { recursive: true, force: true });
});

function withRole(role: string, password: string): string {
  const url = new URL(fresh.url);
  url.username = role;
  url.password = password;
  return url.href;
}

async function start(more: Record<string, string> = {}): Promise<RunningProcess> {
  running = await startProcess({
    name: 'answers',
    command: 'node',
    args: [main],
    env: { ...environment, ...more },
    logFile: join(folder, 'answers.log'),
    readyWhen: 'json-line',
  });
  return running;
}

async function call(method: string, path: string, body?: string) {
  const init = { method, headers: { 'content-type': 'application/json' }, body: body ?? null };
  const answer = await fetch(`http://127.0.0.1:${Number(running?.ready['port'])}${path}`, init);
  const text = await answer.text();
  return {
    status: answer.status,
    type: answer.headers.get('content-type') ?? '',
    text,
    json: (): unknown => JSON.parse(text),
  };
}

const publish = (seller: string, commands: string[]) =>
  call('POST', `/sellers/${seller}/answers`, JSON.stringify({ commands }));
const answers = async (seller: string): Promise<string[]> =>
  (await call('GET', `/sellers/${seller}/answers`)).json() as string[];

describe('a service of the kit', () => {
  it('is ready, healthy, takes an event round by Kafka and ends in order', async () => {
    const service = await start();
    const health = `http://127.0.0.1:${Number(service.ready['healthPort'])}/health`;
    expect((await fetch(`${health}/live`)).status).toBe(200);
    expect(await (await fetch(`${health}/ready`)).json()).toMatchObject({ ok: true, stuck: [] });
    expect((await publish('alma', ['a1', 'a2'])).status).toBe(201);
    await waitFor(async () => (await answers('alma')).length === 2);
    expect(await answers('boris')).toEqual([]);
    expect(await service.stop()).toEqual({ code: 0, signal: null });
    expect(readFileSync(service.logFile, 'utf8')).not.toMatch(/Warning|"level":"(error|fatal)"/);
  }, 30_000);

  it('answers failures with problem details that tell no secret', async () => {
    await start();
    const broken = await call('GET', '/broken');
    expect(broken).toMatchObject({ status: 500, type: expect.stringContaining('problem+json') });
    expect(broken.text).not.toMatch(/abc|stack|at /);
    expect((await call('GET', '/nowhere')).json()).toMatchObject({ status: 404, code: 'http.404' });
    expect((await publish('alma', [])).json()).toMatchObject({ code: 'request.invalid' });
    const large = await publish(
      'alma',
      Array.from({ length: 4_000 }, () => 'x'.repeat(70)),
    );
    expect(large.json()).toMatchObject({ status: 413, code: 'http.413' });
    expect((await call('POST', '/sellers/alma/answers', '{"commands":')).status).toBe(400);
  }, 30_000);

  it.each(['consumer.after-commit-before-offset:1', 'relay.after-produce-before-mark:1'])(
    'killed at %s comes to the same state',
    async (at) => {
      const seller = at.slice(0, 5);
      const commands = Array.from({ length: 700 }, (_, index) => `c${1_000 + index}`);
      const doomed = await start({ MLC_CRASH_AT: at });
      await publish(seller, commands);
      expect(await doomed.exited).toEqual({ code: null, signal: 'SIGKILL' });
      await start();
      await waitFor(async () => (await answers(seller)).length === commands.length, {
        timeoutMs: 45_000,
      });
      expect(await answers(seller)).toEqual(commands);
    },
    60_000,
  );

  it('does not start on a wrong environment, and says all that is wrong', async () => {
    const wrong = start({ DATABASE_APP_URL: 'mysql://x', ANSWERS_PORT: 'any' });
    await expect(wrong).rejects.toThrow(/ended with 78[\s\S]*DATABASE_APP_URL[\s\S]*ANSWERS_PORT/);
  });
});
