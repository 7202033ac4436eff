import { type Draft, TOPICS } from '@mlc/events';
import { invariant } from '@mlc/kernel';
import { isSellerId, type Tx } from '@mlc/postgres';
import { partitionOf } from './partition-of.js';

/** A topic takes messages of 1 MiB; key, headers and the sequence come on top. */
export const MAX_MESSAGE_BYTES = 900_000;

const partitions = new Map<string, number>(
  Object.values(TOPICS).map((topic) => [topic.name, topic.partitions]),
);

const kicks = new Map<string, Set<() => void>>();

/** Registers what wakes the relays of a schema in this process; returns how to take it back. */
export function onAppended(schema: string, kick: () => void): () => void {
  const set = kicks.get(schema) ?? new Set();
  kicks.set(schema, set);
  set.add(kick);
  return () => set.delete(kick);
}

/** Every partition of every topic, the relay's field of work. */
export function allPartitions(): { topics: string[]; partitions: number[] } {
  const list = [...partitions].flatMap(([topic, count]) =>
    Array.from({ length: count }, (_, partition) => ({ topic, partition })),
  );
  return {
    topics: list.map(({ topic }) => topic),
    partitions: list.map(({ partition }) => partition),
  };
}

/**
 * Hands events to the relay, in the caller's transaction and in the order given: one statement for
 * any number. The transaction must be one for the events' sellers.
 */
export async function appendToOutbox(
  tx: Tx,
  schema: string,
  drafts: readonly Draft[],
): Promise<void> {
  if (drafts.length === 0) return;
  const rows = drafts.map((draft) => {
    const { topic, ...envelope } = draft;
    const count = partitions.get(topic);
    invariant(count !== undefined, `no topic ${topic}`);
    invariant(isSellerId(draft.seller), `event ${draft.type} without a seller id`);
    const message = JSON.stringify(envelope);
    const bytes = Buffer.byteLength(message);
    invariant(bytes <= MAX_MESSAGE_BYTES, `event ${draft.type} of ${bytes} bytes is too large`);
    return { ...draft, message, partition: partitionOf(draft.seller, count) };
  });
  await tx.execute(
    `INSERT INTO ${schema}.outbox (seller_id, topic, partition, event_id, message)
     SELECT seller_id, topic, partition, event_id, message
       FROM unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[])
            WITH ORDINALITY AS draft (seller_id, topic, partition, event_id, message, place)
      ORDER BY place`,
    [
      rows.map((row) => row.seller),
      rows.map((row) => row.topic),
      rows.map((row) => row.partition),
      rows.map((row) => row.id),
      rows.map((row) => row.message),
    ],
  );
  tx.afterCommit(() => {
    for (const kick of kicks.get(schema) ?? []) kick();
  });
}
