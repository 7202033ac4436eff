import { auditTables } from '@mlc/audit';
import { messagingTables } from '@mlc/messaging';
import { sellerTable, systemTable } from '@mlc/postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { SCHEMA } from '../names.js';

/** Payloads are `json`, not `jsonb`: they are written and read whole, never searched. */
const TABLES: Readonly<Record<string, string>> = {
  seller: `
    seller_id text PRIMARY KEY,
    version int NOT NULL,
    payload json NOT NULL`,
  rule_set: `
    seller_id text,
    version int,
    payload json NOT NULL,
    PRIMARY KEY (seller_id, version)`,
  // One row a purchase order: its lock, its newest facts, its correlation id. Sorted as the program
  // sorts, so that everybody locks in one order.
  order_book: `
    seller_id text COLLATE "C",
    purchase_order_id text COLLATE "C",
    newest_version int NOT NULL,
    correlation_id text NOT NULL,
    PRIMARY KEY (purchase_order_id, seller_id)`,
  order_snapshot: `
    seller_id text,
    purchase_order_id text,
    snapshot_version int,
    payload json NOT NULL,
    PRIMARY KEY (purchase_order_id, snapshot_version, seller_id)`,
  // What stands of a line in the ledger (position, pin, journals) and what was last said of it (state).
  order_line: `
    seller_id text,
    purchase_order_id text,
    line_number text,
    revision int NOT NULL,
    position json NOT NULL,
    pin json,
    journals text[] NOT NULL,
    state_version int NOT NULL,
    state json NOT NULL,
    PRIMARY KEY (purchase_order_id, line_number, seller_id)`,
  // A2: the unique key is what makes the loser of a race recompute.
  revision: `
    ledger text,
    line text,
    revision int,
    seller_id text NOT NULL,
    purchase_order_id text NOT NULL,
    line_number text NOT NULL,
    journal_id text NOT NULL,
    kind text NOT NULL,
    wanted_date date NOT NULL,
    entries json NOT NULL,
    pin json NOT NULL,
    withdrawn boolean NOT NULL DEFAULT false,
    PRIMARY KEY (line, revision, ledger)`,
  journal: `
    seller_id text,
    journal_id text,
    purchase_order_id text NOT NULL,
    correlation_id text NOT NULL,
    payload json NOT NULL,
    outcome text,
    outcome_version int NOT NULL DEFAULT 0,
    PRIMARY KEY (journal_id, seller_id)`,
  // Sellers whose stored orders are being computed again, and how far that is.
  recompute: `
    seller_id text PRIMARY KEY,
    computed_up_to text NOT NULL,
    orders_computed bigint NOT NULL`,
};

export class CreateMapping20261124040000 implements MigrationInterface {
  name = 'CreateMapping20261124040000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [table, columns] of Object.entries(TABLES)) {
      await runner.query(`CREATE TABLE ${SCHEMA}.${table} (${columns})`);
      for (const sql of sellerTable(SCHEMA, table)) await runner.query(sql);
    }
    const more = [
      `CREATE INDEX revision_journal ON ${SCHEMA}.revision (journal_id)`,
      `CREATE INDEX order_book_seller ON ${SCHEMA}.order_book (seller_id, purchase_order_id)`,
      `CREATE INDEX revision_order ON ${SCHEMA}.revision (purchase_order_id)`,
      ...systemTable(SCHEMA, 'recompute', ['SELECT']),
      ...messagingTables(SCHEMA),
      ...auditTables(SCHEMA),
    ];
    for (const sql of more) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of Object.keys(TABLES)) await runner.query(`DROP TABLE ${SCHEMA}.${table}`);
  }
}
