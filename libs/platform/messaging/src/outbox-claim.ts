import type { Database, Tx } from '@mlc/postgres';
import type { PartitionBatch } from './kafka-link.js';
import { allPartitions, MAX_MESSAGE_BYTES } from './outbox.js';

/** Rows of one partition that have their sequence: they are produced until Kafka has them. */
export interface Claim extends PartitionBatch {
  readonly ids: readonly string[];
}

export interface Claimant {
  readonly db: Database;
  readonly service: string;
  /** Names this relay among those of other processes. */
  readonly holder: string;
  /** How long the partitions stay this relay's without a further claim. */
  readonly holdMs: number;
}

const MAX_ROWS = 500;

interface HeldPartition {
  topic: string;
  partition: number;
  next_sequence: string;
  claimed: string[];
}

interface Row {
  topic: string;
  partition: number;
  id: string;
  seller_id: string;
  message: string;
}

/**
 * Forgets what was sent and claims what comes next, in one short transaction: holds every partition
 * with work that no other relay holds, gives its next rows their gapless sequence and remembers which
 * they are. Rows are found by being there and not by an ever-growing id, so that one whose transaction
 * committed late is not passed over. A claim left by a dead relay comes back with the same sequence.
 */
export async function claimNext(who: Claimant, sent: readonly Claim[]): Promise<Claim[]> {
  const { schema } = who.db;
  return who.db.asSystem(async (tx) => {
    if (sent.length > 0) {
      const ids = sent.flatMap((claim) => claim.ids);
      await tx.execute(`DELETE FROM ${schema}.outbox WHERE id = ANY($1::bigint[])`, [ids]);
    }
    const held = await hold(tx, who);
    if (held.length === 0) return [];
    const left = await claimedRows(tx, schema, held);
    const resumed = new Set(left.map(placeOf));
    const fresh = held.filter((partition) => !resumed.has(placeOf(partition)));
    const next = await nextRows(tx, schema, fresh);
    await remember(tx, schema, next);
    const byPlace = Map.groupBy([...left, ...next], placeOf);
    return held.flatMap((partition) => {
      const rows = byPlace.get(placeOf(partition)) ?? [];
      if (rows.length === 0) return [];
      const after = BigInt(partition.next_sequence);
      const firstOf = resumed.has(placeOf(partition))
        ? after - BigInt(partition.claimed.length)
        : after;
      return [claimOf(who.service, partition, rows, firstOf)];
    });
  });
}

/** Lets other relays have the partitions at once. */
export async function releaseHolds(who: Claimant): Promise<void> {
  await who.db.asSystem((tx) =>
    tx.execute(
      `UPDATE ${who.db.schema}.outbox_partition SET held_until = '-infinity' WHERE holder = $1`,
      [who.holder],
    ),
  );
}

function placeOf(row: { topic: string; partition: number }): string {
  return `${row.topic}/${row.partition}`;
}

function claimOf(
  service: string,
  partition: HeldPartition,
  rows: readonly Row[],
  first: bigint,
): Claim {
  const places = new Map(partition.claimed.map((id, place) => [id, place]));
  return {
    topic: partition.topic,
    partition: partition.partition,
    ids: rows.map((row) => row.id),
    messages: rows.map((row, index) => {
      const sequence = (first + BigInt(places.get(row.id) ?? index)).toString();
      return {
        key: row.seller_id,
        value: `${row.message.slice(0, -1)},"sequence":${sequence}}`,
        headers: { producer: service, sequence },
      };
    }),
  };
}

async function hold(tx: Tx, who: Claimant): Promise<HeldPartition[]> {
  const { schema } = who.db;
  const all = allPartitions();
  return tx.query<HeldPartition>(
    `INSERT INTO ${schema}.outbox_partition AS held
       (topic, partition, next_sequence, claimed, holder, held_until)
     SELECT w.topic, w.partition, 1, '{}', $3, ${schema}.db_now() + make_interval(secs => $4::float8 / 1000)
       FROM unnest($1::text[], $2::int[]) AS w (topic, partition)
      WHERE EXISTS (SELECT 1 FROM ${schema}.outbox o
                     WHERE o.topic = w.topic AND o.partition = w.partition)
      ORDER BY w.topic, w.partition
     ON CONFLICT (topic, partition) DO UPDATE
       SET holder = excluded.holder, held_until = excluded.held_until
       WHERE held.holder = excluded.holder OR held.held_until <= ${schema}.db_now()
     RETURNING topic, partition, next_sequence, claimed`,
    [all.topics, all.partitions, who.holder, who.holdMs],
  );
}

/** What an earlier claim of these partitions left unsent. */
async function claimedRows(tx: Tx, schema: string, held: readonly HeldPartition[]): Promise<Row[]> {
  const ids = held.flatMap((partition) => partition.claimed);
  if (ids.length === 0) return [];
  return tx.query<Row>(
    `SELECT topic, partition, id, seller_id, message FROM ${schema}.outbox
      WHERE id = ANY($1::bigint[]) ORDER BY id`,
    [ids],
  );
}

async function nextRows(tx: Tx, schema: string, held: readonly HeldPartition[]): Promise<Row[]> {
  if (held.length === 0) return [];
  return tx.query<Row>(
    `SELECT w.topic, w.partition, o.id, o.seller_id, o.message
       FROM unnest($1::text[], $2::int[]) AS w (topic, partition)
      CROSS JOIN LATERAL (
        SELECT id, seller_id, message, row_number() OVER place AS place,
               sum(octet_length(message)) OVER place AS bytes
          FROM (SELECT * FROM ${schema}.outbox n
                 WHERE n.topic = w.topic AND n.partition = w.partition
                 ORDER BY id LIMIT ${MAX_ROWS}) AS n
        WINDOW place AS (ORDER BY id)) AS o
      WHERE o.place = 1 OR o.bytes <= ${MAX_MESSAGE_BYTES}
      ORDER BY w.topic, w.partition, o.id`,
    [held.map((one) => one.topic), held.map((one) => one.partition)],
  );
}

async function remember(tx: Tx, schema: string, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return;
  const claims = [...Map.groupBy(rows, placeOf).values()];
  await tx.execute(
    `UPDATE ${schema}.outbox_partition AS held
        SET claimed = c.ids::bigint[],
            next_sequence = held.next_sequence + cardinality(c.ids::bigint[])
       FROM unnest($1::text[], $2::int[], $3::text[]) AS c (topic, partition, ids)
      WHERE held.topic = c.topic AND held.partition = c.partition`,
    [
      claims.map((claim) => claim[0]?.topic),
      claims.map((claim) => claim[0]?.partition),
      claims.map((claim) => `{${claim.map((row) => row.id).join(',')}}`),
    ],
  );
}
