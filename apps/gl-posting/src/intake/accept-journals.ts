import { type AuditEntry, recordAudit } from '@mlc/audit';
import type { Envelope, JournalPayload } from '@mlc/events';
import { type Clock, isoInstant, ledgerKey, uuidOf } from '@mlc/kernel';
import type { Tx } from '@mlc/postgres';
import { journalTrouble } from '../groups/gl-lines.js';
import { changeJournals, SCHEMA, SERVICE } from '../groups/outcomes.js';
import type { Reason } from '../groups/run-group-store.js';

type Emitted = Envelope<JournalPayload>;

/**
 * Ledger rule E1: inserts by journal id. The same id with the same hash is nothing; with another hash
 * the newcomer is kept apart and never sent. Statements for any number of journals: at most eight.
 */
export async function acceptJournals(
  tx: Tx,
  clock: Clock,
  events: readonly Emitted[],
): Promise<void> {
  const inserted = await insertJournals(tx, events);
  const added = firstOfEach(events).filter((event) => inserted.has(keyOf(event)));
  const conflicts = await claimRevisions(tx, added);
  await quarantineOthers(tx, clock, events);
  await holdTroubled(tx, clock, added, conflicts);
  await recordAudit(tx, SCHEMA, acceptanceRecords(clock, added));
}

function keyOf(event: Emitted): string {
  return `${event.seller}/${event.payload.journalId}`;
}

function firstOfEach(events: readonly Emitted[]): Emitted[] {
  const first = new Map<string, Emitted>();
  for (const event of events) if (!first.has(keyOf(event))) first.set(keyOf(event), event);
  return [...first.values()];
}

async function insertJournals(tx: Tx, events: readonly Emitted[]): Promise<Set<string>> {
  const rows = firstOfEach(events);
  const inserted = await tx.query<{ seller_id: string; journal_id: string }>(
    `INSERT INTO posting.journal (seller_id, journal_id, market, correlation_id, ledger_key, currency, wanted_date,
       purchase_order_id, line_count, content_hash, body, state, accepted_at)
     SELECT seller_id, journal_id, market, correlation_id, ledger_key, currency, wanted_date, purchase_order_id,
            line_count, content_hash, body, 'accepted', posting.db_now()
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
              $9::int[], $10::text[], $11::jsonb[]) WITH ORDINALITY
         AS new (seller_id, journal_id, market, correlation_id, ledger_key, currency, wanted_date,
              purchase_order_id, line_count, content_hash, body, place)
      ORDER BY place
     ON CONFLICT (seller_id, journal_id) DO NOTHING
     RETURNING seller_id, journal_id`,
    [
      rows.map((event) => event.seller),
      rows.map((event) => event.payload.journalId),
      rows.map((event) => event.market),
      rows.map((event) => event.correlationId),
      rows.map((event) => ledgerKey(event.payload.ledger)),
      rows.map((event) => event.payload.currency),
      rows.map((event) => event.payload.wantedDate),
      rows.map((event) => event.payload.purchaseOrderId),
      rows.map((event) => event.payload.lines.length),
      rows.map((event) => event.payload.contentHash),
      rows.map((event) => JSON.stringify(event.payload)),
    ],
  );
  return new Set(inserted.map((row) => `${row.seller_id}/${row.journal_id}`));
}

/** A2: a revision belongs to one journal. Returns the journals that came too late for one of theirs. */
async function claimRevisions(tx: Tx, events: readonly Emitted[]): Promise<Set<string>> {
  const rows = events.flatMap((event) =>
    event.payload.members.map((member) => ({ event, ...member })),
  );
  if (rows.length === 0) return new Set();
  const claimed = await tx.query<{
    seller_id: string;
    line: string;
    revision: number;
    journal_id: string;
  }>(
    `INSERT INTO posting.journal_revision (seller_id, ledger_key, line, revision, journal_id)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::text[])
     ON CONFLICT (seller_id, ledger_key, line, revision) DO NOTHING
     RETURNING seller_id, line, revision, journal_id`,
    [
      rows.map((row) => row.event.seller),
      rows.map((row) => ledgerKey(row.event.payload.ledger)),
      rows.map((row) => row.line),
      rows.map((row) => row.revision),
      rows.map((row) => row.event.payload.journalId),
    ],
  );
  const key = (seller: string, journal: string, line: string, revision: number) =>
    `${seller}/${journal}/${revision}/${line}`;
  const got = new Set(
    claimed.map((row) => key(row.seller_id, row.journal_id, row.line, row.revision)),
  );
  return new Set(
    rows
      .filter(
        ({ event, line, revision }) =>
          !got.has(key(event.seller, event.payload.journalId, line, revision)),
      )
      .map((row) => keyOf(row.event)),
  );
}

async function quarantineOthers(tx: Tx, clock: Clock, events: readonly Emitted[]): Promise<void> {
  const stored = await tx.query<{
    seller_id: string;
    journal_id: string;
    content_hash: string;
    state: string;
  }>(
    `SELECT seller_id, journal_id, content_hash, state FROM posting.journal
      WHERE (seller_id, journal_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))`,
    [events.map((event) => event.seller), events.map((event) => event.payload.journalId)],
  );
  const hashes = new Map(
    stored.map((row) => [`${row.seller_id}/${row.journal_id}`, row.content_hash]),
  );
  const others = events.filter((event) => hashes.get(keyOf(event)) !== event.payload.contentHash);
  if (others.length === 0) return;
  const kept = await tx.query<{ seller_id: string; journal_id: string; content_hash: string }>(
    `INSERT INTO posting.quarantined_journal (seller_id, journal_id, content_hash, body, seen_at)
     SELECT new.*, posting.db_now() FROM unnest($1::text[], $2::text[], $3::text[], $4::jsonb[]) AS new
     ON CONFLICT DO NOTHING RETURNING seller_id, journal_id, content_hash`,
    [
      others.map((event) => event.seller),
      others.map((event) => event.payload.journalId),
      others.map((event) => event.payload.contentHash),
      others.map((event) => JSON.stringify(event.payload)),
    ],
  );
  const news = new Set(kept.map((row) => `${row.seller_id}/${row.journal_id}/${row.content_hash}`));
  const fresh = others.filter((event) => news.has(`${keyOf(event)}/${event.payload.contentHash}`));
  await recordAudit(
    tx,
    SCHEMA,
    fresh.map((event) => quarantineRecord(clock, event)),
  );
}

function quarantineRecord(clock: Clock, event: Emitted): AuditEntry {
  const { journalId, contentHash, purchaseOrderId } = event.payload;
  return {
    seller: event.seller,
    market: event.market,
    correlationId: event.correlationId,
    record: {
      recordId: uuidOf('journal-quarantined', journalId, contentHash),
      at: isoInstant(clock.now()),
      service: SERVICE,
      action: 'journal-quarantined',
      actor: 'system',
      orders: [purchaseOrderId],
      runGroup: null,
      journals: [journalId],
      data: {
        contentHash,
        message: 'the same journal id came with other content; the first content stands',
        advice: 'find out why; the first content stands and nothing is sent',
      },
    },
  };
}

/** What could never be posted as it is waits for a person, instead of failing a whole run group. */
async function holdTroubled(
  tx: Tx,
  clock: Clock,
  events: readonly Emitted[],
  conflicts: ReadonlySet<string>,
): Promise<void> {
  for (const event of events) {
    const reason = conflicts.has(keyOf(event)) ? REVISION_TAKEN : journalTrouble(event.payload);
    if (!reason) continue;
    await changeJournals(tx, clock, {
      sellerId: event.seller,
      market: event.market,
      ledger: event.payload.ledger,
      correlationId: event.correlationId,
      resultId: null,
      changes: [{ journalId: event.payload.journalId, state: 'held', reason }],
    });
  }
}

const REVISION_TAKEN: Reason = {
  code: 'revision-taken',
  message: 'a revision of one of its lines already belongs to another journal',
  advice: 'report it: mapping must give every revision to one journal',
};

const ORDERS_A_RECORD = 500;

/** One record per seller and up to 500 journals of a batch. */
function acceptanceRecords(clock: Clock, added: readonly Emitted[]): AuditEntry[] {
  const bySeller = Map.groupBy(added, (event) => event.seller);
  const records: AuditEntry[] = [];
  for (const [seller, events] of bySeller) {
    for (let at = 0; at < events.length; at += ORDERS_A_RECORD) {
      const some = events.slice(at, at + ORDERS_A_RECORD);
      const journals = some.map((event) => event.payload.journalId);
      const recordId = uuidOf('journals-accepted', ...journals);
      const correlations = [...new Set(some.map((event) => event.correlationId))];
      records.push({
        seller,
        market: some[0]?.market ?? '',
        correlationId: correlations.length === 1 ? (correlations[0] ?? recordId) : recordId,
        record: {
          recordId,
          at: isoInstant(clock.now()),
          service: SERVICE,
          action: 'journals-accepted',
          actor: 'system',
          orders: [...new Set(some.map((event) => event.payload.purchaseOrderId))],
          runGroup: null,
          journals,
          data: { count: some.length },
        },
      });
    }
  }
  return records;
}
