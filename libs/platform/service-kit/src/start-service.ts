/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- Nest's option types are classes */
import { readFileSync } from 'node:fs';
import type { Service } from '@mlc/events';
import { systemClock } from '@mlc/kernel';
import { createStrategy, type KafkaBatchStrategy, kafkaLink, OutboxRelay } from '@mlc/messaging';
import { type Database, openDatabase } from '@mlc/postgres';
import {
  type DynamicModule,
  type INestApplicationContext,
  Module,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { KitConfig } from './config.js';
import { closeServer, type HealthAnswer, portOf, serveHealth } from './health.js';
import { createLogger, nestLogger } from './logger.js';
import { stopJobs } from './periodic.js';
import { PlatformModule, type PlatformParts } from './platform-module.js';
import { ProblemFilter } from './problem-filter.js';
import { dieOnUncaught, endOnSignals, withinGrace } from './process-end.js';

export interface HttpDefinition {
  /** 0 takes a free one; the ready line says which. */
  readonly port: number;
  /** For other services only: never put behind a public route. */
  readonly internalOnly?: boolean;
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  readonly bodyLimitBytes?: number;
}

export interface ServiceDefinition {
  readonly service: Service;
  readonly config: KitConfig;
  readonly module: Type | DynamicModule;
  /** Whether the module has `@EventPattern` handlers. */
  readonly consumers: boolean;
  readonly http?: HttpDefinition;
}

export interface RunningService {
  readonly port: number | null;
  readonly healthPort: number;
  /** Ends as on SIGTERM, without ending the process. */
  stop(): Promise<void>;
}

const SCHEMAS: Readonly<Record<Service, string>> = {
  ingestion: 'ingestion',
  mapping: 'mapping',
  'gl-posting': 'posting',
  'credential-vault': 'vault',
  'tenant-api': 'tenant',
};
const BODY_LIMIT_BYTES = 2 * 1024 * 1024;
const REQUEST_TIMEOUT_MS = 60_000;
const HEADERS_TIMEOUT_MS = 10_000;
const STOP_RELAY_MS = 4_000;

/** The database schema a service owns. */
export function schemaOf(service: Service): string {
  return SCHEMAS[service];
}

/**
 * Runs a service until its process is told to end. When everything works it writes one line to standard
 * output: `{"ready":true,"port":…,"healthPort":…}` (`port` null without HTTP).
 */
export async function startService(definition: ServiceDefinition): Promise<RunningService> {
  const { config, service, http } = definition;
  const log = createLogger(service, config.LOG_LEVEL);
  dieOnUncaught(log);
  const parts = await openParts(definition, log);
  const strategy = definition.consumers ? strategyOf(definition, parts) : null;
  const app = await createApp(definition, parts, strategy);
  let stopping = false;
  const health = await serveHealth({ host: config.HTTP_HOST, port: config.HEALTH_PORT }, () =>
    readiness(parts, { strategy, stopping }),
  );
  parts.relay.start();
  const port = await listen(app, definition, strategy);
  const stop = once(async () => {
    stopping = true;
    await stopJobs();
    if (http) await closeServer((app as NestExpressApplication).getHttpServer());
    await strategy?.close();
    await parts.relay.stop(STOP_RELAY_MS);
    await app.close();
    await parts.db.close();
    await health.close();
  });
  endOnSignals({ log, lifeline: config.LIFELINE, stop: () => withinGrace(log, stop) });
  process.stdout.write(`${JSON.stringify({ ready: true, port, healthPort: health.port })}\n`);
  return { port, healthPort: health.port, stop };
}

/** What a service's own module is put into. */
@Module({})
class ServiceRoot {}

type Log = ReturnType<typeof createLogger>;
interface Parts extends PlatformParts {
  readonly kafka: ReturnType<typeof kafkaLink>;
}

async function openParts({ service, config }: ServiceDefinition, log: Log): Promise<Parts> {
  const clock = systemClock(config.CLOCK_OFFSET_MS);
  const db = await openDatabase({
    url: config.DATABASE_APP_URL,
    systemUrl: config.DATABASE_SYSTEM_URL,
    service,
    schema: schemaOf(service),
    poolSize: config.DATABASE_POOL_SIZE,
    clockOffsetMs: config.CLOCK_OFFSET_MS,
  });
  const kafka = kafkaLink({
    brokers: config.KAFKA_BROKERS,
    clientId: service,
    topicPrefix: config.TOPIC_PREFIX,
    sessionTimeoutMs: config.KAFKA_SESSION_TIMEOUT_MS,
    log,
  });
  const relay = new OutboxRelay({ db, service, kafka, log, clock });
  return { db, kafka, relay, clock, log, config };
}

function strategyOf({ service }: ServiceDefinition, parts: Parts): KafkaBatchStrategy {
  return createStrategy({ db: parts.db, service, kafka: parts.kafka, log: parts.log });
}

async function createApp(
  { module, http, service }: ServiceDefinition,
  parts: Parts,
  strategy: KafkaBatchStrategy | null,
): Promise<INestApplicationContext> {
  const root: DynamicModule = {
    module: ServiceRoot,
    imports: [PlatformModule.forService(parts), module],
  };
  const filter = new ProblemFilter(parts.log);
  const options = { logger: nestLogger(parts.log), abortOnError: false };
  if (http) {
    const app = await NestFactory.create<NestExpressApplication>(root, {
      ...options,
      bodyParser: false,
      ...(http.tls ? { httpsOptions: tlsOf(http.tls) } : {}),
    });
    app.disable('x-powered-by');
    app.useBodyParser('json', { limit: http.bodyLimitBytes ?? BODY_LIMIT_BYTES });
    app.useGlobalFilters(filter);
    const server = app.getHttpServer();
    server.requestTimeout = REQUEST_TIMEOUT_MS;
    server.headersTimeout = HEADERS_TIMEOUT_MS;
    if (strategy) app.connectMicroservice({ strategy }, { inheritAppConfig: true });
    return app;
  }
  if (!strategy) return NestFactory.createApplicationContext(root, options);
  const app = await NestFactory.createMicroservice(root, { ...options, strategy });
  app.useGlobalFilters(filter);
  parts.log.debug({ name: service }, 'service without HTTP');
  return app;
}

function tlsOf(tls: { certFile: string; keyFile: string }): { cert: Buffer; key: Buffer } {
  return { cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) };
}

async function listen(
  app: INestApplicationContext,
  { http, config }: ServiceDefinition,
  strategy: KafkaBatchStrategy | null,
): Promise<number | null> {
  if (http) {
    const web = app as NestExpressApplication;
    if (strategy) await web.startAllMicroservices();
    await web.listen(http.port, config.HTTP_HOST);
    return portOf(web.getHttpServer());
  }
  if (strategy) await (app as { listen?: () => Promise<unknown> }).listen?.();
  return null;
}

async function readiness(
  parts: { readonly db: Database; readonly relay: OutboxRelay },
  now: { readonly strategy: KafkaBatchStrategy | null; readonly stopping: boolean },
): Promise<HealthAnswer> {
  if (now.stopping) return { ok: false, stopping: true };
  const backlog = await parts.relay.backlog();
  const relayFailure = parts.relay.failure?.message ?? null;
  const stuck = (now.strategy?.stuck() ?? []).map(({ topic, partition, attempts }) => ({
    topic,
    partition,
    attempts,
  }));
  return { ok: true, backlog, relayFailing: relayFailure !== null, stuck };
}

function once(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= run());
}
