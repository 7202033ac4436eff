import type { Envelope } from '@mlc/events';
import type { Database, Tx } from '@mlc/postgres';
import type { Deliver } from './apply-slice.js';
import { readSlice } from './read-slice.js';

const MAX_MESSAGES = 500;

interface ParkedRow {
  partition: number;
  message_offset: string;
  message: string;
}

/** Sellers with messages of a topic kept until this release can read them. */
export async function parkedSellers(db: Database, topic: string): Promise<string[]> {
  const rows = await db.asSystem((tx) =>
    tx.query<{ seller_id: string }>(
      `SELECT DISTINCT seller_id FROM ${db.schema}.parked WHERE topic = $1`,
      [topic],
    ),
  );
  return rows.map((row) => row.seller_id);
}

/** Handles a seller's parked messages in their order, up to the first that is still too new. */
export async function releaseParked(
  db: Database,
  of: { readonly topic: string; readonly seller: string },
  deliver: Deliver,
): Promise<void> {
  for (;;) {
    const released = await db.forSellers([of.seller], (tx) => releaseSome(tx, of, deliver));
    if (released < MAX_MESSAGES) return;
  }
}

async function releaseSome(
  tx: Tx,
  of: { readonly topic: string; readonly seller: string },
  deliver: Deliver,
): Promise<number> {
  const rows = await tx.query<ParkedRow>(
    `SELECT partition, message_offset, message FROM ${tx.schema}.parked
      WHERE topic = $1 AND seller_id = $2 ORDER BY message_offset LIMIT ${MAX_MESSAGES} FOR UPDATE`,
    [of.topic, of.seller],
  );
  const read = readSlice(
    rows.map((row) => ({
      offset: BigInt(row.message_offset),
      value: Buffer.from(row.message, 'utf8'),
      header: () => undefined,
    })),
  );
  const events: Envelope[] = [];
  for (const message of read) {
    if (message.kind !== 'event') break;
    events.push(message.envelope);
  }
  const partition = rows[0]?.partition;
  if (partition === undefined || events.length === 0) return 0;
  await deliver({ topic: of.topic, partition, events, tx });
  await tx.execute(
    `DELETE FROM ${tx.schema}.parked
      WHERE topic = $1 AND seller_id = $2 AND message_offset = ANY($3::bigint[])`,
    [of.topic, of.seller, rows.slice(0, events.length).map((row) => row.message_offset)],
  );
  return events.length;
}
