import { type Entry, sumEntries } from '@mlc/accounting';
import type { Envelope, JournalOutcomes } from '@mlc/events';
import type { Clock } from '@mlc/kernel';
import type { Pin } from '@mlc/mapping-rules';
import type { Tx } from '@mlc/postgres';
import { computeOrders } from './compute-orders.js';
import { SCHEMA } from './names.js';
import { lockOrders } from './order-store.js';
import { saveComputed } from './save-computed.js';
import { holdSellers } from './seller-registry.js';
import { readEntries, type StoredEntry, storedEntries } from './stored-json.js';

/**
 * Remembers what became of journals (E4: only when higher). A withdrawn journal gives its revisions up
 * (E3): position and pins fall back to what stands, and the orders are computed anew.
 */
export async function applyOutcomes(
  tx: Tx,
  events: readonly Envelope<JournalOutcomes>[],
  clock: Clock,
): Promise<void> {
  await holdSellers(tx, [...new Set(events.map(({ seller }) => seller))]);
  const withdrawn = await rememberOutcomes(tx, events);
  if (withdrawn.length === 0) return;
  const refs = withdrawn.map((row) => ({
    seller: row.seller_id,
    purchaseOrderId: row.purchase_order_id,
  }));
  const orders = await lockOrders(tx, refs, events.at(-1)?.id ?? null);
  await giveUpRevisions(tx, withdrawn);
  await saveComputed(tx, await computeOrders(tx, orders), clock.now());
}

interface JournalRow {
  readonly seller_id: string;
  readonly journal_id: string;
  readonly purchase_order_id: string;
}

/** Returns the journals that became withdrawn. */
async function rememberOutcomes(
  tx: Tx,
  events: readonly Envelope<JournalOutcomes>[],
): Promise<JournalRow[]> {
  const highest = new Map<
    string,
    { seller: string; journal: string; state: string; version: number }
  >();
  for (const { seller, payload } of events) {
    for (const { journalId, version, state } of payload.outcomes) {
      const key = `${seller}/${journalId}`;
      if (version > (highest.get(key)?.version ?? 0)) {
        highest.set(key, { seller, journal: journalId, state, version });
      }
    }
  }
  const outcomes = [...highest.values()].sort((a, b) => (a.journal < b.journal ? -1 : 1));
  const changed = await tx.query<JournalRow & { outcome: string }>(
    `UPDATE ${SCHEMA}.journal AS known SET outcome = w.state, outcome_version = w.version
       FROM unnest($1::text[], $2::text[], $3::text[], $4::int[]) AS w (seller_id, journal_id, state, version)
      WHERE known.seller_id = w.seller_id AND known.journal_id = w.journal_id
        AND known.outcome_version < w.version
        AND known.outcome IS DISTINCT FROM 'withdrawn' AND known.outcome IS DISTINCT FROM 'posted'
     RETURNING known.seller_id, known.journal_id, known.purchase_order_id, known.outcome`,
    [
      outcomes.map(({ seller }) => seller),
      outcomes.map(({ journal }) => journal),
      outcomes.map(({ state }) => state),
      outcomes.map(({ version }) => version),
    ],
  );
  return changed.filter(({ outcome }) => outcome === 'withdrawn');
}

interface RevisionRow {
  readonly seller_id: string;
  readonly purchase_order_id: string;
  readonly line_number: string;
  readonly entries: readonly StoredEntry[];
  readonly pin: Pin;
}

async function giveUpRevisions(tx: Tx, journals: readonly JournalRow[]): Promise<void> {
  const given = await tx.query<Omit<RevisionRow, 'entries' | 'pin'>>(
    `UPDATE ${SCHEMA}.revision AS r SET withdrawn = true
       FROM unnest($1::text[], $2::text[]) AS w (seller_id, journal_id)
      WHERE r.seller_id = w.seller_id AND r.journal_id = w.journal_id
     RETURNING r.seller_id, r.purchase_order_id, r.line_number`,
    [journals.map((row) => row.seller_id), journals.map((row) => row.journal_id)],
  );
  const lines = new Map<
    string,
    { row: (typeof given)[number]; entries: Entry[]; pin: Pin | null }
  >();
  const keyOfRow = (row: (typeof given)[number]) =>
    JSON.stringify([row.seller_id, row.purchase_order_id, row.line_number]);
  for (const row of given) lines.set(keyOfRow(row), { row, entries: [], pin: null });
  const standing = await tx.query<RevisionRow>(
    `SELECT r.seller_id, r.purchase_order_id, r.line_number, r.entries, r.pin FROM ${SCHEMA}.revision r
       JOIN (SELECT DISTINCT * FROM unnest($1::text[], $2::text[])) AS w (seller_id, purchase_order_id)
         USING (seller_id, purchase_order_id)
      WHERE NOT r.withdrawn ORDER BY r.line, r.revision`,
    [given.map((row) => row.seller_id), given.map((row) => row.purchase_order_id)],
  );
  for (const row of standing) {
    const line = lines.get(keyOfRow(row));
    if (!line) continue;
    line.entries.push(...readEntries(row.entries));
    line.pin = row.pin;
  }
  const rows = [...lines.values()];
  await tx.execute(
    `UPDATE ${SCHEMA}.order_line AS l SET position = w.position::json, pin = w.pin::json
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
            AS w (seller_id, purchase_order_id, line_number, position, pin)
      WHERE l.seller_id = w.seller_id AND l.purchase_order_id = w.purchase_order_id
        AND l.line_number = w.line_number`,
    [
      rows.map(({ row }) => row.seller_id),
      rows.map(({ row }) => row.purchase_order_id),
      rows.map(({ row }) => row.line_number),
      rows.map(({ entries }) => storedEntries(sumEntries(entries))),
      rows.map(({ pin }) => pin && JSON.stringify(pin)),
    ],
  );
}
