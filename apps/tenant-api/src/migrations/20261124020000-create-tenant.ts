import { auditTables, auditTrailTables } from '@mlc/audit';
import { messagingTables } from '@mlc/messaging';
import { schemaRoles, sellerTable, systemTable } from '@mlc/postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const { app } = schemaRoles('tenant');

/** What this service owns: it is published, and can be published again from here. */
const registry = [
  `create table tenant.api_key (
    key_id text primary key,
    secret_hash text not null check (secret_hash ~ '^[0-9a-f]{64}$'),
    scopes text[] not null,
    created_at timestamptz not null,
    revoked_at timestamptz)`,
  `revoke all on tenant.api_key from ${app}`,
  ...systemTable('tenant', 'api_key', ['SELECT', 'INSERT']),
  `create table tenant.seller (
    seller_id text collate "C" primary key,
    version integer not null,
    name text not null,
    market text not null,
    walmart_seller_id text not null,
    tenant text not null,
    enterprise_group text not null,
    accounting_entity text not null,
    currency text not null,
    accounting_zone text not null,
    go_live_date date not null,
    state text not null check (state in ('onboarding', 'shadow', 'live', 'stopped')),
    recognition text not null,
    closed_period text not null,
    trace_field text not null,
    poll_every_ms integer not null,
    polling_paused boolean not null,
    rule_set_version integer,
    approved_by text,
    unique (market, walmart_seller_id, tenant, enterprise_group, accounting_entity))`,
  `create table tenant.sealed_credential (
    seller_id text not null,
    system text not null check (system in ('walmart', 'cloudsuite')),
    fingerprint text not null,
    attributes jsonb not null,
    sealed_at timestamptz not null,
    primary key (seller_id, system))`,
  `create table tenant.rule_set (
    seller_id text not null,
    version integer not null,
    content_hash text not null,
    accounts jsonb not null,
    rule_set jsonb not null,
    published_at timestamptz not null,
    primary key (seller_id, version))`,
  `create table tenant.command (
    seller_id text not null,
    command_id text not null,
    number bigint generated always as identity,
    kind text not null,
    target text not null,
    rule_set_version integer,
    issued_by text not null,
    issued_at timestamptz not null,
    ok boolean,
    message text,
    detail jsonb,
    answered_at timestamptz,
    primary key (seller_id, command_id))`,
  `create index command_newest on tenant.command (seller_id, kind, target, number desc)`,
  `create table tenant.approval (
    seller_id text not null,
    seller_version integer not null,
    preview_id text not null,
    approved_by text not null,
    approved_at timestamptz not null,
    preview jsonb not null,
    primary key (seller_id, seller_version))`,
];

/** What others published; can be thrown away and read again. */
const readModel = [
  `create table tenant.line (
    seller_id text not null,
    line text collate "C" not null,
    purchase_order_id text not null,
    customer_order_id text not null,
    line_number text not null,
    sku text not null,
    version integer not null,
    state text not null,
    reason jsonb,
    recognised_on date,
    journals jsonb not null,
    journaled_minor numeric(38, 0) not null,
    held jsonb not null,
    excluded jsonb not null,
    bookings jsonb not null,
    standing text not null check (standing in ('posted', 'held', 'excluded', 'pending', 'shadow')),
    primary key (line, seller_id))`,
  `create index line_standing on tenant.line (seller_id, standing, line)`,
  `create index line_customer_order on tenant.line (seller_id, customer_order_id)`,
  `create table tenant.line_count (
    seller_id text not null,
    standing text not null,
    lines bigint not null,
    primary key (seller_id, standing))
    with (fillfactor = 50)`,
  `create table tenant.line_journal (
    seller_id text not null,
    journal_id text not null,
    line text collate "C" not null,
    primary key (journal_id, line, seller_id))`,
  `create table tenant.journal (
    seller_id text not null,
    journal_id text not null,
    version integer not null,
    state text not null,
    run_group text,
    posting_date date,
    result_id text,
    reason jsonb,
    primary key (journal_id, seller_id))`,
  `create table tenant.flow (
    seller_id text not null,
    flow text not null,
    version integer not null,
    progress jsonb not null,
    primary key (seller_id, flow))`,
];

/** Counts per standing are kept by the statement that changes the lines: no list is ever counted. */
const counting = [
  `create function tenant.count_added_lines() returns trigger language plpgsql as $$
   begin
     insert into tenant.line_count as known (seller_id, standing, lines)
     select seller_id, standing, count(*) from added group by 1, 2 order by 1, 2
     on conflict (seller_id, standing) do update set lines = known.lines + excluded.lines;
     return null;
   end $$`,
  `create function tenant.count_moved_lines() returns trigger language plpgsql as $$
   begin
     insert into tenant.line_count as known (seller_id, standing, lines)
     select seller_id, standing, sum(change) from (
       select seller_id, standing, 1 as change from moved_to
       union all select seller_id, standing, -1 from moved_from) as changes
     group by 1, 2 having sum(change) <> 0 order by 1, 2
     on conflict (seller_id, standing) do update set lines = known.lines + excluded.lines;
     return null;
   end $$`,
  `create trigger count_added after insert on tenant.line
     referencing new table as added
     for each statement execute function tenant.count_added_lines()`,
  `create trigger count_moved after update on tenant.line
     referencing old table as moved_from new table as moved_to
     for each statement execute function tenant.count_moved_lines()`,
];

const SELLER_TABLES = [
  'seller',
  'sealed_credential',
  'rule_set',
  'command',
  'approval',
  'line',
  'line_count',
  'line_journal',
  'journal',
  'flow',
];

export class CreateTenant20261124020000 implements MigrationInterface {
  readonly name = 'CreateTenant20261124020000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [
      ...registry,
      ...readModel,
      ...counting,
      ...SELLER_TABLES.flatMap((table) => sellerTable('tenant', table)),
      ...systemTable('tenant', 'seller', ['SELECT']),
      ...messagingTables('tenant'),
      ...auditTables('tenant'),
      ...auditTrailTables('tenant'),
      `create index audit_trail_run_group on tenant.audit_trail (seller_id, (record ->> 'runGroup'))
         where record ->> 'runGroup' is not null`,
    ]) {
      await runner.query(statement);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [...SELLER_TABLES, 'api_key']) {
      await runner.query(`drop table tenant.${table}`);
    }
    await runner.query('drop function tenant.count_added_lines, tenant.count_moved_lines');
  }
}
