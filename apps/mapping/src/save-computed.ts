import type { Journal } from '@mlc/accounting';
import { type AuditEntry, recordAudit } from '@mlc/audit';
import {
  type Draft,
  draft,
  journalEmitted,
  type JournalPayload,
  lineStatesChanged,
} from '@mlc/events';
import { type EpochMs, isoInstant, ledgerKey, uuidOf } from '@mlc/kernel';
import { appendToOutbox } from '@mlc/messaging';
import type { Tx } from '@mlc/postgres';
import type { ComputedFor } from './compute-orders.js';
import { changedLines, type LineChange } from './line-changes.js';
import { SCHEMA } from './names.js';
import { storedEntries } from './stored-json.js';

/** Lines of one message, so that it stays well below what a topic takes. */
const MAX_LINES_PER_EVENT = 200;

interface OrderChange extends ComputedFor {
  readonly lines: readonly LineChange[];
}

export interface SavedCounts {
  readonly orders: number;
  readonly revisions: number;
  readonly journals: number;
}

/**
 * Writes what the computations changed, with their events and audit records: one statement a table.
 * Nothing is written for an order that computes to what is stored. A revision that another transaction
 * wrote first fails this one, which is then computed again.
 */
export async function saveComputed(
  tx: Tx,
  computed: readonly ComputedFor[],
  at: EpochMs,
): Promise<SavedCounts> {
  const changes = computed
    .map((one) => ({ ...one, lines: changedLines(one) }))
    .filter(({ lines }) => lines.length > 0);
  if (changes.length === 0) return { orders: 0, revisions: 0, journals: 0 };
  const journals = changes.flatMap((change) =>
    change.computed.journals.map((journal) => ({ change, payload: journalPayload(journal) })),
  );
  const revisions = await saveRevisions(tx, changes);
  await saveJournals(tx, journals);
  await saveLines(tx, changes);
  const journalDrafts = journals.map(({ change, payload }) => journalDraft(change, payload, at));
  const lineDrafts = changes.flatMap((change) => lineDraftsOf(change, at));
  await appendToOutbox(tx, SCHEMA, [...journalDrafts, ...lineDrafts]);
  await recordAudit(
    tx,
    SCHEMA,
    changes.map((change) => auditOf(change, at)),
  );
  return { orders: changes.length, revisions, journals: journals.length };
}

async function saveRevisions(tx: Tx, changes: readonly OrderChange[]): Promise<number> {
  const rows = changes.flatMap(({ order, known, computed }) =>
    computed.revisions.map((revision) => ({ order, known, revision })),
  );
  if (rows.length === 0) return 0;
  const lineNumbers = new Map(
    changes.flatMap(({ computed }) =>
      computed.lines.map(({ line, lineNumber }): [string, string] => [line, lineNumber]),
    ),
  );
  return tx.execute(
    `INSERT INTO ${SCHEMA}.revision (ledger, line, revision, seller_id, purchase_order_id, line_number,
                                     journal_id, kind, wanted_date, entries, pin)
     SELECT l, n, r, s, o, ln, j, k, d, e::json, p::json
       FROM unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[],
                   $8::text[], $9::date[], $10::text[], $11::text[]) AS w (l, n, r, s, o, ln, j, k, d, e, p)`,
    [
      rows.map(({ known }) => ledgerKey(known.seller.ledger)),
      rows.map(({ revision }) => revision.line),
      rows.map(({ revision }) => revision.revision),
      rows.map(({ order }) => order.seller),
      rows.map(({ order }) => order.purchaseOrderId),
      rows.map(({ revision }) => lineNumbers.get(revision.line) ?? ''),
      rows.map(({ revision }) => revision.journalId),
      rows.map(({ revision }) => revision.kind),
      rows.map(({ revision }) => revision.date),
      rows.map(({ revision }) => storedEntries(revision.entries)),
      rows.map(({ revision }) => JSON.stringify(revision.pin)),
    ],
  );
}

interface EmittedJournal {
  readonly change: OrderChange;
  readonly payload: JournalPayload;
}

async function saveJournals(tx: Tx, journals: readonly EmittedJournal[]): Promise<void> {
  if (journals.length === 0) return;
  await tx.execute(
    `INSERT INTO ${SCHEMA}.journal (seller_id, journal_id, purchase_order_id, correlation_id, payload)
     SELECT s, j, o, c, p::json
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) AS w (s, j, o, c, p)`,
    [
      journals.map(({ change }) => change.order.seller),
      journals.map(({ payload }) => payload.journalId),
      journals.map(({ payload }) => payload.purchaseOrderId),
      journals.map(({ change }) => change.order.correlationId),
      journals.map(({ payload }) => JSON.stringify(payload)),
    ],
  );
}

async function saveLines(tx: Tx, changes: readonly OrderChange[]): Promise<void> {
  const rows = changes.flatMap(({ order, lines }) => lines.map((line) => ({ order, line })));
  await tx.execute(
    `INSERT INTO ${SCHEMA}.order_line AS l (seller_id, purchase_order_id, line_number, revision, position,
                                            pin, journals, state_version, state)
     SELECT s, o, n, r, e::json, p::json, string_to_array(j, ','), v, t::json
       FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::text[], $6::text[], $7::text[],
                   $8::int[], $9::text[]) AS w (s, o, n, r, e, p, j, v, t)
     ON CONFLICT (seller_id, purchase_order_id, line_number) DO UPDATE
       SET revision = excluded.revision, position = excluded.position, pin = excluded.pin,
           journals = excluded.journals, state_version = excluded.state_version, state = excluded.state`,
    [
      rows.map(({ order }) => order.seller),
      rows.map(({ order }) => order.purchaseOrderId),
      rows.map(({ line }) => line.lineNumber),
      rows.map(({ line }) => line.standing.revision),
      rows.map(({ line }) => storedEntries(line.standing.entries)),
      rows.map(({ line }) => line.standing.pin && JSON.stringify(line.standing.pin)),
      rows.map(({ line }) => line.standing.journals.join(',')),
      rows.map(({ line }) => line.stateVersion),
      rows.map(({ line }) => line.stateText),
    ],
  );
}

function journalPayload(journal: Journal): JournalPayload {
  const { lines, members, ledger, ...rest } = journal;
  return {
    ...rest,
    ledger: {
      tenant: ledger.tenant,
      enterpriseGroup: ledger.enterpriseGroup,
      accountingEntity: ledger.accountingEntity,
    },
    members: members.map((member) => ({ ...member })),
    lines: lines.map((line) => ({
      ...line,
      dimensions: { ...line.dimensions },
      amountMinor: line.amountMinor.toString(),
    })),
  };
}

function journalDraft(change: OrderChange, payload: JournalPayload, at: EpochMs): Draft {
  return draft(journalEmitted, {
    ...headOf(change, at),
    identity: [change.order.seller, payload.journalId],
    payload,
  });
}

function lineDraftsOf(change: OrderChange, at: EpochMs): Draft[] {
  const states = change.lines.flatMap(({ state }) => (state ? [state] : []));
  const drafts: Draft[] = [];
  for (let from = 0; from < states.length; from += MAX_LINES_PER_EVENT) {
    const lines = states.slice(from, from + MAX_LINES_PER_EVENT);
    drafts.push(
      draft(lineStatesChanged, {
        ...headOf(change, at),
        identity: [
          change.order.seller,
          ...lines.flatMap(({ line, version }) => [line, String(version)]),
        ],
        payload: { lines },
      }),
    );
  }
  return drafts;
}

function headOf({ order, known }: OrderChange, at: EpochMs) {
  return {
    seller: order.seller,
    market: known.seller.market,
    occurredAt: at,
    correlationId: order.correlationId,
    causationId: order.causationId,
  };
}

function auditOf(change: OrderChange, at: EpochMs): AuditEntry {
  const { order, known, computed, lines } = change;
  const versions = lines.flatMap(({ lineNumber, stateVersion, standing }) => [
    lineNumber,
    String(stateVersion),
    String(standing.revision),
  ]);
  return {
    seller: order.seller,
    market: known.seller.market,
    correlationId: order.correlationId,
    record: {
      recordId: uuidOf('order-mapped', order.seller, order.purchaseOrderId, ...versions),
      at: isoInstant(at),
      service: 'mapping',
      action: 'order-mapped',
      actor: 'system',
      orders: [order.purchaseOrderId],
      runGroup: null,
      journals: computed.journals.map(({ journalId }) => journalId),
      data: {
        snapshotVersion: order.newestVersion,
        ruleSetVersion: known.seller.ruleSetVersion,
        mode: known.mode,
        lines: Object.fromEntries(
          computed.lines.map(({ lineNumber, state, reason }) => [
            lineNumber,
            reason ? `${state}: ${reason.code}` : state,
          ]),
        ),
        revisions: computed.revisions.map(({ line, revision, kind, date }) => ({
          line,
          revision,
          kind,
          date,
        })),
      },
    },
  };
}
