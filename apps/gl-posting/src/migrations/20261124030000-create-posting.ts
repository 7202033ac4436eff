import { auditTables } from '@mlc/audit';
import { messagingTables } from '@mlc/messaging';
import { sellerTable, systemTable } from '@mlc/postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const SCHEMA = 'posting';

/** Registry of sellers, journals with their revisions, run groups with their members, commands. */
export class CreatePosting20261124030000 implements MigrationInterface {
  name = 'CreatePosting20261124030000';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of [...messagingTables(SCHEMA), ...auditTables(SCHEMA), ...TABLES]) {
      await runner.query(sql);
    }
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('the first migration of a ledger service is not taken back'));
  }
}

const TABLES = [
  `CREATE TABLE posting.seller (
     seller_id text PRIMARY KEY,
     version int NOT NULL,
     state text NOT NULL,
     ledger_key text NOT NULL,
     body jsonb NOT NULL
   )`,
  ...sellerTable(SCHEMA, 'seller'),
  ...systemTable(SCHEMA, 'seller', ['SELECT']),

  `CREATE TABLE posting.journal (
     seller_id text NOT NULL,
     journal_id text NOT NULL,
     accepted_number bigint GENERATED ALWAYS AS IDENTITY,
     market text NOT NULL,
     correlation_id text NOT NULL,
     ledger_key text NOT NULL,
     currency text NOT NULL,
     wanted_date text NOT NULL,
     purchase_order_id text NOT NULL,
     line_count int NOT NULL,
     content_hash text NOT NULL,
     body jsonb NOT NULL,
     state text NOT NULL CHECK (state IN ('accepted', 'frozen', 'posted', 'rejected', 'absent',
       'held', 'unknown', 'quarantined', 'withdrawn')),
     version int NOT NULL DEFAULT 1,
     attempt int NOT NULL DEFAULT 0,
     run_group text,
     posting_date text,
     result_id text,
     reason jsonb,
     accepted_at timestamptz NOT NULL,
     PRIMARY KEY (journal_id, seller_id)
   )`,
  `CREATE INDEX journal_waiting ON posting.journal (seller_id, accepted_number) WHERE state = 'accepted'`,
  ...sellerTable(SCHEMA, 'journal'),

  // Ledger rules A2, B2: whose turn it is, line by line.
  `CREATE TABLE posting.journal_revision (
     seller_id text NOT NULL,
     ledger_key text NOT NULL,
     line text NOT NULL,
     revision int NOT NULL,
     journal_id text NOT NULL,
     settled boolean NOT NULL DEFAULT false,
     PRIMARY KEY (line, revision, ledger_key, seller_id)
   )`,
  `CREATE INDEX journal_revision_journal ON posting.journal_revision (journal_id)`,
  ...sellerTable(SCHEMA, 'journal_revision'),

  // Ledger rule E1: the same id with other content is kept, and never sent.
  `CREATE TABLE posting.quarantined_journal (
     seller_id text NOT NULL,
     journal_id text NOT NULL,
     content_hash text NOT NULL,
     body jsonb NOT NULL,
     seen_at timestamptz NOT NULL,
     PRIMARY KEY (seller_id, journal_id, content_hash)
   )`,
  ...sellerTable(SCHEMA, 'quarantined_journal'),

  `CREATE TABLE posting.run_group (
     run_group text PRIMARY KEY CHECK (run_group ~ '^[A-Z0-9]{1,30}$'),
     seller_id text NOT NULL,
     market text NOT NULL,
     ledger jsonb NOT NULL,
     currency text NOT NULL,
     attempt int NOT NULL,
     state text NOT NULL,
     fence bigint NOT NULL,
     row_count int NOT NULL CHECK (row_count BETWEEN 2 AND 500),
     payload text NOT NULL,
     payload_hash text NOT NULL,
     anchor_id text NOT NULL,
     frozen_at timestamptz NOT NULL,
     baseline_result_id bigint,
     stage_intended_at timestamptz,
     stage_answer jsonb,
     rows_seen boolean NOT NULL DEFAULT false,
     submit_intended_at timestamptz,
     submit_answer jsonb,
     discard_intended_at timestamptz,
     discards int NOT NULL DEFAULT 0,
     verdict jsonb,
     look jsonb,
     unknown_told boolean NOT NULL DEFAULT false,
     result jsonb,
     reason jsonb
   )`,
  `CREATE INDEX run_group_open ON posting.run_group (seller_id)
     WHERE state NOT IN ('posted', 'discarded', 'held')`,
  ...sellerTable(SCHEMA, 'run_group'),

  `CREATE TABLE posting.run_group_member (
     run_group text NOT NULL REFERENCES posting.run_group,
     seller_id text NOT NULL,
     journal_id text NOT NULL,
     first_row int NOT NULL,
     row_count int NOT NULL,
     posting_date text NOT NULL,
     discarded boolean NOT NULL DEFAULT false,
     PRIMARY KEY (run_group, journal_id)
   )`,
  // Ledger rule F1.
  `CREATE UNIQUE INDEX journal_in_one_group ON posting.run_group_member (journal_id, seller_id)
     WHERE NOT discarded`,
  ...sellerTable(SCHEMA, 'run_group_member'),

  `CREATE TABLE posting.command (
     command_id text PRIMARY KEY,
     seller_id text NOT NULL,
     market text NOT NULL,
     correlation_id text NOT NULL,
     cause text NOT NULL,
     body jsonb NOT NULL,
     asked_at timestamptz NOT NULL,
     answered boolean NOT NULL DEFAULT false
   )`,
  `CREATE INDEX command_unanswered ON posting.command (asked_at) WHERE NOT answered`,
  ...sellerTable(SCHEMA, 'command'),
  ...systemTable(SCHEMA, 'command', ['SELECT']),
];
