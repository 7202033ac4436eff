import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CallBudget, FsmLedger } from '@mlc/cloudsuite';
import {
  type Command,
  commandIssued,
  draft,
  type Draft,
  type Envelope,
  journalEmitted,
  type JournalPayload,
  type Seller,
  sellerChanged,
  TOPICS,
} from '@mlc/events';
import { createHttpClient, type HttpClient } from '@mlc/http';
import { hashOf, ok, sha256Hex, systemClock } from '@mlc/kernel';
import { appendToOutbox, kafkaLink, OutboxRelay } from '@mlc/messaging';
import { type Database, openDatabase, runMigrations, schemaRoles } from '@mlc/postgres';
import { freshDatabase, type FreshDatabase, testWorld, topicPrefix } from '@mlc/testing';
import { pino } from 'pino';
import { connectKafkaAdmin } from '../../../../deploy/embedded/kafka-admin.mjs';
import { BreakerGuard, DEFAULT_GUARD } from '../breaker-guard.js';
import { takeCommands } from '../commands/take-commands.js';
import type { PostingContext } from '../groups/posting-context.js';
import { acceptJournals } from '../intake/accept-journals.js';
import { registerSellers } from '../intake/register-sellers.js';
import { postingSchema } from '../schema.js';
import { postingSettings, type PostingSettings } from '../settings.js';
import { ScriptedFsm } from './scripted-fsm.js';

const PASSWORDS = { app: 'app', system: 'system' };
export const SELLER = 'seller-of-the-spec';
const LEDGER = { tenant: 'ACME_TST', enterpriseGroup: '1', accountingEntity: '100' };
const clock = systemClock();

/** Waits are short, none is removed. */
const QUICK: Partial<Record<keyof PostingSettings, number | string>> = {
  INSTALLATION_ID: 'spec',
  FREEZE_LINGER_MS: 1,
  CALL_TIMEOUT_MS: 2000,
  LEASE_TTL_MS: 3000,
  SETTLE_MS: 60,
  LOOK_EVERY_MS: 20,
  POLL_FIRST_MS: 10,
  POLL_MAX_MS: 50,
  RETRY_FIRST_MS: 20,
  RETRY_MAX_MS: 100,
  POSTER_TICK_MS: 50,
  CLOUDSUITE_CALLS_PER_SECOND: 1000,
};

/** gl-posting on a real database and Kafka, against a scripted FSM. */
export class PostingWorld {
  readonly #relay: OutboxRelay;
  readonly #http: HttpClient;
  readonly #guard = new BreakerGuard(DEFAULT_GUARD);

  readonly db: Database;
  readonly fsm: ScriptedFsm;

  private constructor(
    private readonly made: {
      db: Database;
      fsm: ScriptedFsm;
      fresh: FreshDatabase;
      folder: string;
      prefix: string;
    },
  ) {
    const { db, fsm, folder, prefix } = made;
    this.db = db;
    this.fsm = fsm;
    const kafka = kafkaLink({
      brokers: testWorld().kafkaBrokers,
      clientId: 'posting-spec',
      topicPrefix: prefix,
    });
    this.#relay = new OutboxRelay({ db, service: 'gl-posting', kafka });
    this.#http = createHttpClient({
      allowedHosts: [`127.0.0.1:${fsm.port}`],
      allowedSuffixes: [],
      caFile: join(folder, 'ca.pem'),
      clock,
    });
  }

  static async make(): Promise<PostingWorld> {
    const prefix = topicPrefix();
    const admin = await connectKafkaAdmin(testWorld().kafkaBrokers);
    await admin.createTopics(
      Object.values(TOPICS).map((topic) => ({
        topic: prefix + topic.name,
        partitions: topic.partitions,
      })),
    );
    await admin.disconnect();
    const fresh = await freshDatabase({
      template: 'posting',
      migrate: async (adminUrl) => {
        await runMigrations({ adminUrl, schema: postingSchema, passwords: PASSWORDS });
      },
    });
    const roles = schemaRoles('posting');
    const db = await openDatabase({
      url: urlAs(fresh.url, roles.app, PASSWORDS.app),
      systemUrl: urlAs(fresh.url, roles.system, PASSWORDS.system),
      service: 'gl-posting',
      schema: 'posting',
    });
    const fsm = await ScriptedFsm.start();
    const folder = mkdtempSync(join(tmpdir(), 'mlc-posting-'));
    writeFileSync(join(folder, 'ca.pem'), fsm.certificate);
    const world = new PostingWorld({ db, fsm, fresh, folder, prefix });
    await world.announce({});
    return world;
  }

  async close(): Promise<void> {
    await this.#relay.stop();
    this.#guard.close();
    await this.#http.close();
    await this.fsm.stop();
    await this.db.close();
    await this.made.fresh.drop();
    rmSync(this.made.folder, { recursive: true });
  }

  /** As one process would have it; several may be made for one database. */
  context(more: Partial<PostingContext> = {}): PostingContext {
    const budget = new CallBudget(1000, clock);
    const access = {
      accessToken: 'spec-token',
      endpoint: `https://127.0.0.1:${this.fsm.port}/ACME_TST`,
    };
    return {
      db: this.db,
      anchor: this.#relay,
      clock,
      log: pino({ level: 'silent' }),
      settings: postingSettings.parse(QUICK),
      ledgerOf: ({ sellerId }) =>
        new FsmLedger({
          http: this.#http,
          guard: this.#guard,
          budget,
          seller: sellerId,
          callTimeoutMs: 2000,
          lend: () => Promise.resolve(ok(access)),
        }),
      ...more,
    };
  }

  #sellerVersion = 0;

  async announce(more: Partial<Seller>): Promise<void> {
    const seller = this.#seller(more);
    await this.db.forSellers([SELLER], (tx) => registerSellers(tx, [seller]));
  }

  #seller(more: Partial<Seller>): Seller {
    this.#sellerVersion += 1;
    return {
      sellerId: SELLER,
      version: this.#sellerVersion,
      name: 'Tents of the Spec',
      market: 'US',
      walmartSellerId: '10001',
      ledger: LEDGER,
      currency: 'USD',
      accountingZone: 'America/New_York',
      goLiveDate: '2026-11-01',
      state: 'live',
      recognition: 'placed',
      closedPeriod: 'held',
      traceField: 'UniqueID',
      polling: { everyMs: 60_000, paused: false },
      ruleSetVersion: 1,
      approvedBy: 'A. Person',
      ...more,
    };
  }

  /** Sends the seller and these journals through Kafka, by the outbox of the process that is running. */
  async publish(...journals: readonly JournalPayload[]): Promise<void> {
    const seller = draft(sellerChanged, {
      seller: SELLER,
      market: 'US',
      occurredAt: clock.now(),
      correlationId: 'onboarding',
      identity: [SELLER, String(this.#sellerVersion + 1)],
      payload: this.#seller({}),
    });
    await this.db.forSellers([SELLER], (tx) =>
      appendToOutbox(tx, 'posting', [seller, ...journals.map((journal) => emitted(journal))]),
    );
  }

  /** The environment of a real process on this world. */
  environment(): Record<string, string> {
    const { folder, prefix, fresh } = this.made;
    const secretFile = join(folder, 'service-token-secret');
    writeFileSync(secretFile, 'a made-up secret of more than 32 bytes');
    const roles = schemaRoles('posting');
    const settings = Object.entries(QUICK).map(([name, value]) => [name, String(value)]);
    return {
      ...(Object.fromEntries(settings) as Record<string, string>),
      DATABASE_APP_URL: urlAs(fresh.url, roles.app, PASSWORDS.app),
      DATABASE_SYSTEM_URL: urlAs(fresh.url, roles.system, PASSWORDS.system),
      KAFKA_BROKERS: testWorld().kafkaBrokers.join(','),
      TOPIC_PREFIX: prefix,
      VAULT_URL: `https://127.0.0.1:${this.fsm.port}`,
      OUTBOUND_ALLOWED_HOSTS: `127.0.0.1:${this.fsm.port}`,
      OUTBOUND_CA_FILE: join(folder, 'ca.pem'),
      INTERNAL_CA_FILE: join(folder, 'ca.pem'),
      SERVICE_TOKEN_SECRET_FILE: secretFile,
    };
  }

  /** Posts within this process, instead of a real one. */
  startRelay(): void {
    this.#relay.start();
  }

  accept(...journals: readonly JournalPayload[]): Promise<void> {
    const events = journals.map((payload) => envelopeOf(payload));
    return this.db.forSellers([SELLER], (tx) => acceptJournals(tx, clock, events));
  }

  async ask(commandId: string, accounts: string[]): Promise<void> {
    const payload: Command = {
      commandId,
      sellerId: SELLER,
      issuedBy: 'A. Person',
      command: { kind: 'ping', target: 'gl-posting', accounts },
    };
    const event = draft(commandIssued, {
      seller: SELLER,
      market: 'US',
      occurredAt: clock.now(),
      correlationId: commandId,
      identity: [commandId],
      payload,
    });
    await this.db.forSellers([SELLER], (tx) => takeCommands(tx, [{ ...event, sequence: 1 }]));
  }

  query<R>(sql: string): Promise<R[]> {
    return this.db.forSellers([SELLER], (tx) => tx.query<R>(sql));
  }

  async states(): Promise<Record<string, number>> {
    const rows = await this.query<{ state: string; n: number }>(
      `SELECT state, count(*)::int AS n FROM posting.journal GROUP BY state`,
    );
    return Object.fromEntries(rows.map((row) => [row.state, row.n]));
  }

  /** Events that Kafka does not have yet. */
  backlog(): Promise<number> {
    return this.#relay.backlog();
  }

  /** Actions of the audit records, in the order they were made. */
  async actions(): Promise<string[]> {
    const rows = await this.query<{ action: string }>(
      `SELECT record->>'action' AS action FROM posting.audit_record ORDER BY at, ctid`,
    );
    return rows.map((row) => row.action);
  }
}

function urlAs(url: string, user: string, password: string): string {
  const changed = new URL(url);
  changed.username = user;
  changed.password = password;
  return changed.href;
}

function envelopeOf(payload: JournalPayload): Envelope<JournalPayload> {
  return { ...emitted(payload), sequence: 1 };
}

function emitted(payload: JournalPayload): Draft<JournalPayload> {
  return draft(journalEmitted, {
    seller: SELLER,
    market: 'US',
    occurredAt: clock.now(),
    correlationId: `order ${payload.purchaseOrderId}`,
    identity: [payload.journalId, payload.contentHash],
    payload,
  });
}

/** A balanced two-line journal of one order; `account` is its revenue account. */
export function journalOf(
  order: string,
  more: {
    account?: string;
    revision?: number;
    amountMinor?: number;
    kind?: JournalPayload['kind'];
  } = {},
): JournalPayload {
  const { account = '40000', revision = 1, amountMinor = 1999, kind = 'sale' } = more;
  const line = `US/10001/${order}/1`;
  const part = {
    accountingUnit: '',
    dimensions: {},
    line,
    revision,
    sku: `SKU-${order}`,
    component: 'product',
  };
  const content = {
    journalId: sha256Hex(`${order}/${revision}`),
    ledger: LEDGER,
    currency: 'USD',
    wantedDate: '2026-11-23',
    transactionDate: '2026-11-23',
    kind,
    purchaseOrderId: order,
    documentNumber: `C${order}`,
    members: [{ line, revision }],
    lines: [
      { ...part, account: '11500', amountMinor: String(amountMinor) },
      { ...part, account, amountMinor: String(-amountMinor) },
    ],
  };
  return { ...content, contentHash: hashOf(content) };
}
