import type { Command, Envelope } from '@mlc/events';
import type { Tx } from '@mlc/postgres';

/** Writes down commands for gl-posting; the work is done outside the consumer. */
export async function takeCommands(tx: Tx, events: readonly Envelope<Command>[]): Promise<number> {
  const ours = events.filter((event) => event.payload.command.target === 'gl-posting');
  if (ours.length === 0) return 0;
  return tx.execute(
    `INSERT INTO posting.command (command_id, seller_id, market, correlation_id, cause, body, asked_at)
     SELECT new.*, posting.db_now()
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::jsonb[]) AS new
     ON CONFLICT (command_id) DO NOTHING`,
    [
      ours.map((event) => event.payload.commandId),
      ours.map((event) => event.seller),
      ours.map((event) => event.market),
      ours.map((event) => event.correlationId),
      ours.map((event) => event.id),
      ours.map((event) => JSON.stringify(event.payload)),
    ],
  );
}
