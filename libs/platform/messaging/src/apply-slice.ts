import type { Envelope } from '@mlc/events';
import type { Database, Tx } from '@mlc/postgres';
import type { FetchedMessage } from './kafka-link.js';
import { type ReadMessage, readSlice, splitSlice } from './read-slice.js';
import { followSequences, type Sequences } from './sequences.js';

/** What an `@EventPattern` handler gets: events of one partition, in order, and their transaction. */
export interface EventBatch<P = unknown> {
  readonly topic: string;
  readonly partition: number;
  /** At most 500; never empty. */
  readonly events: readonly Envelope<P>[];
  /** Sees exactly the sellers of the slice the events came in. */
  readonly tx: Tx;
}

export type Deliver = (batch: EventBatch) => Promise<void>;

export interface Slice {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly FetchedMessage[];
}

export interface SliceOutcome {
  readonly events: number;
  readonly setAside: readonly { readonly offset: bigint; readonly reason: string }[];
  /** Sellers of whom messages are kept for later. */
  readonly parkedSellers: readonly string[];
}

/**
 * Applies a slice in one transaction: handler, what is set aside or parked, and the offset to go on
 * from. Throws when any of it fails; then nothing of it has happened.
 */
export async function applySlice(
  db: Database,
  slice: Slice,
  deliver: Deliver,
): Promise<SliceOutcome> {
  const read = readSlice(slice.messages);
  const sellers = [...new Set(read.flatMap((one) => (one.kind === 'poison' ? [] : [one.seller])))];
  return db.forSellers(sellers, async (tx) => {
    const { topic, partition } = slice;
    const before = await progress(tx, slice);
    const sequences = followSequences(before.sequences, slice.messages, `${topic}/${partition}`);
    const { events, parked, poison } = splitSlice(read, new Set(before.parkedSellers));
    await park(tx, slice, parked);
    await setAside(tx, slice, poison);
    if (events.length > 0) await deliver({ topic, partition, events, tx });
    await saveProgress(tx, slice, sequences);
    return {
      events: events.length,
      setAside: poison.map((one) => ({ offset: one.offset, reason: reasonOf(one) })),
      parkedSellers: [
        ...new Set(parked.flatMap((one) => (one.kind === 'poison' ? [] : [one.seller]))),
      ],
    };
  });
}

/** The offset a partition was applied up to, in the service's own transactions; null when never. */
export async function appliedOffset(
  db: Database,
  topic: string,
  partition: number,
): Promise<bigint | null> {
  const rows = await db.asSystem((tx) =>
    tx.query<{ next_offset: string }>(
      `SELECT next_offset FROM ${db.schema}.consumer_offset WHERE topic = $1 AND partition = $2`,
      [topic, partition],
    ),
  );
  const offset = rows[0]?.next_offset;
  return offset === undefined ? null : BigInt(offset);
}

function reasonOf(message: ReadMessage): string {
  return message.kind === 'poison' ? message.reason : message.kind;
}

interface Progress {
  readonly sequences: Sequences;
  readonly parkedSellers: readonly string[];
}

/** Locks the partition's row: two members that both believe to own it take turns. */
async function progress(tx: Tx, { topic, partition }: Slice): Promise<Progress> {
  const parked = `ARRAY(SELECT DISTINCT seller_id FROM ${tx.schema}.parked WHERE topic = $1)`;
  const rows = await tx.query<{ sequences: Sequences; parked: string[] }>(
    `SELECT sequences, ${parked} AS parked FROM ${tx.schema}.consumer_offset
      WHERE topic = $1 AND partition = $2 FOR UPDATE`,
    [topic, partition],
  );
  return { sequences: rows[0]?.sequences ?? {}, parkedSellers: rows[0]?.parked ?? [] };
}

async function saveProgress(tx: Tx, slice: Slice, sequences: Sequences): Promise<void> {
  const last = slice.messages.at(-1);
  if (!last) return;
  await tx.execute(
    `INSERT INTO ${tx.schema}.consumer_offset AS known (topic, partition, next_offset, sequences)
     VALUES ($1, $2, $3, $4::jsonb)
     ON CONFLICT (topic, partition) DO UPDATE
       SET next_offset = greatest(known.next_offset, excluded.next_offset),
           sequences = excluded.sequences`,
    [slice.topic, slice.partition, (last.offset + 1n).toString(), JSON.stringify(sequences)],
  );
}

async function park(tx: Tx, slice: Slice, messages: readonly ReadMessage[]): Promise<void> {
  const parked = messages.flatMap((one) => (one.kind === 'poison' ? [] : [one]));
  if (parked.length === 0) return;
  await tx.execute(
    `INSERT INTO ${tx.schema}.parked (topic, partition, message_offset, seller_id, message)
     SELECT $1, $2, * FROM unnest($3::bigint[], $4::text[], $5::text[])
     ON CONFLICT DO NOTHING`,
    [
      slice.topic,
      slice.partition,
      parked.map((one) => one.offset.toString()),
      parked.map((one) => one.seller),
      parked.map((one) => one.source.value.toString('utf8')),
    ],
  );
}

async function setAside(tx: Tx, slice: Slice, poison: readonly ReadMessage[]): Promise<void> {
  if (poison.length === 0) return;
  await tx.execute(
    `INSERT INTO ${tx.schema}.set_aside (topic, partition, message_offset, reason, message)
     SELECT $1, $2, * FROM unnest($3::bigint[], $4::text[], $5::bytea[])
     ON CONFLICT DO NOTHING`,
    [
      slice.topic,
      slice.partition,
      poison.map((one) => one.offset.toString()),
      poison.map(reasonOf),
      poison.map((one) => one.source.value),
    ],
  );
}
