import { commandAnswered, type Answer, draft, TOPICS } from '@mlc/events';
import { auditTables } from '@mlc/audit';
import { appendToOutbox, type EventBatch, messagingTables } from '@mlc/messaging';
import { Database, sellerTable } from '@mlc/postgres';
import { Body, Controller, Get, Inject, Module, Param, Post } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { z } from 'zod';

/** A service with everything a service can have: HTTP, handlers, outbox. For the specs of this room. */

const SCHEMA = 'tenant';

export class Answers1700000000001 implements MigrationInterface {
  name = 'Answers1700000000001';
  async up(runner: QueryRunner): Promise<void> {
    for (const sql of [...messagingTables(SCHEMA), ...auditTables(SCHEMA)]) await runner.query(sql);
    await runner.query(
      `CREATE TABLE ${SCHEMA}.answer
        (seller_id text, command_id text, message text, PRIMARY KEY (seller_id, command_id))`,
    );
    for (const sql of sellerTable(SCHEMA, 'answer')) await runner.query(sql);
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP SCHEMA ${SCHEMA} CASCADE`);
  }
}

const askSchema = z.strictObject({ commands: z.array(z.string().max(80)).min(1).max(5_000) });

@Controller()
class AnswersController {
  constructor(@Inject(Database) private readonly db: Database) {}

  @Post('sellers/:seller/answers')
  async publish(@Param('seller') seller: string, @Body() body: unknown): Promise<void> {
    const { commands } = askSchema.parse(body);
    const drafts = commands.map((commandId) =>
      draft<Answer>(commandAnswered, {
        seller,
        market: 'US',
        occurredAt: 0,
        correlationId: 'correlation',
        identity: [seller, commandId],
        payload: { commandId, by: 'mapping', ok: true, message: 'done', detail: {} },
      }),
    );
    await this.db.forSellers([seller], (tx) => appendToOutbox(tx, SCHEMA, drafts));
  }

  @Get('sellers/:seller/answers')
  async list(@Param('seller') seller: string): Promise<string[]> {
    const rows = await this.db.forSellers([seller], (tx) =>
      tx.query<{ command_id: string }>(`SELECT command_id FROM ${SCHEMA}.answer ORDER BY 1`),
    );
    return rows.map((row) => row.command_id);
  }

  @Get('broken')
  broken(): never {
    throw new Error('password=abc is wrong');
  }

  @EventPattern<Record<string, EventBatch<Answer>>>(TOPICS.answer.name)
  async handle({ events, tx }: EventBatch<Answer>): Promise<void> {
    await tx.execute(
      `INSERT INTO ${SCHEMA}.answer SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
       ON CONFLICT DO NOTHING`,
      [
        events.map((event) => event.seller),
        events.map((event) => event.payload.commandId),
        events.map((event) => event.payload.message),
      ],
    );
  }
}

@Module({ controllers: [AnswersController] })
export class AnswersModule {}
