import type { Answer, Envelope, FlowProgress } from '@mlc/events';
import type { Tx } from '@mlc/postgres';
import { newestOf } from './newest.js';

/** Keeps each flow's newest progress. */
export async function projectFlows(
  tx: Tx,
  events: readonly Envelope<FlowProgress>[],
): Promise<void> {
  const newest = newestOf(
    events,
    ({ seller, payload }) => `${seller} ${payload.flow}`,
    ({ payload }) => payload.version,
  );
  await tx.execute(
    `insert into tenant.flow as known (seller_id, flow, version, progress)
     select * from unnest($1::text[], $2::text[], $3::int[], $4::jsonb[])
     on conflict (seller_id, flow) do update
       set version = excluded.version, progress = excluded.progress
     where known.version < excluded.version`,
    [
      newest.map(({ seller }) => seller),
      newest.map(({ payload }) => payload.flow),
      newest.map(({ payload }) => payload.version),
      newest.map(({ payload }) => JSON.stringify(payload)),
    ],
  );
}

/** Keeps the first answer to each of our commands. */
export async function projectAnswers(tx: Tx, events: readonly Envelope<Answer>[]): Promise<void> {
  const first = new Map(
    [...events].reverse().map((event) => [`${event.seller} ${event.payload.commandId}`, event]),
  );
  const answers = [...first.values()];
  await tx.execute(
    `update tenant.command c
        set ok = a.ok, message = a.message, detail = a.detail, answered_at = a.at
       from unnest($1::text[], $2::text[], $3::bool[], $4::text[], $5::jsonb[], $6::timestamptz[])
            as a (seller_id, command_id, ok, message, detail, at)
      where c.seller_id = a.seller_id and c.command_id = a.command_id and c.answered_at is null`,
    [
      answers.map(({ seller }) => seller),
      answers.map(({ payload }) => payload.commandId),
      answers.map(({ payload }) => payload.ok),
      answers.map(({ payload }) => payload.message),
      answers.map(({ payload }) => JSON.stringify(payload.detail)),
      answers.map(({ occurredAt }) => occurredAt),
    ],
  );
}
