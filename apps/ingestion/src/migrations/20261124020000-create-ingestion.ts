import { auditTables } from '@mlc/audit';
import { messagingTables } from '@mlc/messaging';
import { sellerTable, systemTable } from '@mlc/postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateIngestion20261124020000 implements MigrationInterface {
  readonly name = 'CreateIngestion20261124020000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [
      // The registry, as tenant.seller.v1 tells it, and when each seller is polled next.
      `create table ingestion.seller (
        seller_id text primary key,
        version integer not null,
        seller jsonb not null,
        polled boolean not null,
        every_ms integer not null,
        next_poll_at timestamptz not null)`,
      `create index seller_due on ingestion.seller (next_poll_at) where polled`,
      // Up to where a flow is stored completely.
      `create table ingestion.order_flow (
        seller_id text primary key,
        watermark timestamptz,
        progress_version integer not null)`,
      `create table ingestion.purchase_order (
        seller_id text not null,
        purchase_order_id text not null,
        correlation_id text not null,
        ship_node_type text not null,
        list_hash text not null,
        snapshot_version integer not null,
        snapshot_hash text not null,
        status_rank integer not null,
        first_seen_at timestamptz not null,
        read_started_at timestamptz not null,
        unknown_skus text[] not null,
        primary key (purchase_order_id, seller_id))`,
      `create index order_of_unknown_item on ingestion.purchase_order (seller_id)
        where unknown_skus <> '{}'`,
      // Never updated: what was read stays. The body is deflated and holds the buyer.
      `create table ingestion.order_snapshot (
        seller_id text not null,
        purchase_order_id text not null,
        snapshot_version integer not null,
        snapshot jsonb not null,
        body bytea,
        read_at timestamptz not null,
        primary key (purchase_order_id, snapshot_version, seller_id))`,
      `alter table ingestion.order_snapshot alter column body set storage external`,
      `create table ingestion.item (
        seller_id text not null,
        sku text not null,
        known boolean not null,
        product_type text,
        shelf jsonb not null,
        read_at timestamptz not null,
        primary key (seller_id, sku))`,
      `create index item_missed on ingestion.item (seller_id, read_at) where not known`,
      `create table ingestion.command (
        command_id text primary key,
        seller_id text not null,
        market text not null,
        command jsonb not null,
        received_at timestamptz not null,
        answered_at timestamptz)`,
      `create index command_open on ingestion.command (received_at) where answered_at is null`,
      ...['seller', 'order_flow', 'purchase_order', 'order_snapshot', 'item', 'command'].flatMap(
        (table) => sellerTable('ingestion', table),
      ),
      ...systemTable('ingestion', 'seller', ['SELECT']),
      ...systemTable('ingestion', 'command', ['SELECT']),
      ...messagingTables('ingestion'),
      ...auditTables('ingestion'),
    ]) {
      await runner.query(statement);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [
      'command',
      'item',
      'order_snapshot',
      'purchase_order',
      'order_flow',
      'seller',
    ]) {
      await runner.query(`drop table ingestion.${table}`);
    }
  }
}
