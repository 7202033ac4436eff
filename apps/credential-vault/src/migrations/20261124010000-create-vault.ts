import { auditTables } from '@mlc/audit';
import { messagingTables } from '@mlc/messaging';
import { sellerTable, systemTable } from '@mlc/postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateVault20261124010000 implements MigrationInterface {
  readonly name = 'CreateVault20261124010000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [
      `create table vault.data_key (
        seller_id text primary key,
        wrapped text not null,
        created_at timestamptz not null default now())`,
      `create table vault.credential (
        seller_id text not null,
        system text not null check (system in ('walmart', 'cloudsuite')),
        version integer not null,
        sealed text not null,
        fingerprint text not null,
        attributes jsonb not null,
        sealed_at timestamptz not null,
        primary key (seller_id, system))`,
      `create table vault.token (
        seller_id text not null,
        system text not null,
        credential_version integer not null,
        token_version integer not null,
        sealed text not null,
        token_hash text not null,
        endpoint text not null,
        expires_at timestamptz not null,
        refresh_at timestamptz not null,
        lent_at timestamptz not null,
        primary key (seller_id, system))`,
      ...sellerTable('vault', 'data_key'),
      ...sellerTable('vault', 'credential'),
      ...sellerTable('vault', 'token'),
      ...systemTable('vault', 'token', ['SELECT']),
      ...messagingTables('vault'),
      ...auditTables('vault'),
    ]) {
      await runner.query(statement);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['token', 'credential', 'data_key']) {
      await runner.query(`drop table vault.${table}`);
    }
  }
}
