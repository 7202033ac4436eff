import { crashPoint } from '@mlc/crash-points';
import type { LedgerPort } from '@mlc/cloudsuite';
import { draft, type JournalPayload, runGroupFrozen, type Seller } from '@mlc/events';
import { recordAudit } from '@mlc/audit';
import {
  type Clock,
  invariant,
  isoInstant,
  ledgerKey,
  type LedgerRef,
  sha256Hex,
  uuidOf,
} from '@mlc/kernel';
import { appendToOutbox } from '@mlc/messaging';
import { assertLease, type Database, type Lease, type Tx } from '@mlc/postgres';
import { ledgerLines, runGroupName } from './gl-lines.js';
import { SCHEMA, SERVICE } from './outcomes.js';

/** F1: lines in one run group, and so in one batch create. */
export const MAX_GROUP_LINES = 500;
/** Candidates looked at for one group; a journal has two lines at least. */
const MAX_CANDIDATES = MAX_GROUP_LINES / 2;

export interface FreezeDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly ledger: Pick<LedgerPort, 'freezeLine'>;
  readonly installation: string;
  /** A group that is not full waits this long for more. */
  readonly lingerMs: number;
}

/** `waitMs`: there is something to freeze, but not yet. Null: nothing. */
export type Frozen = { readonly runGroup: string } | { readonly waitMs: number } | null;

interface Candidate {
  journal_id: string;
  currency: string;
  wanted_date: string;
  purchase_order_id: string;
  correlation_id: string;
  line_count: number;
  attempt: number;
  age_ms: string;
}

/**
 * Freezes the oldest accepted journals whose lines are in turn (B2), of one currency and period, whole,
 * at most 500 lines (F1). Membership, payload, the anchor event and the audit record are one transaction.
 */
export async function freezeRunGroup(
  deps: FreezeDeps,
  seller: { readonly id: string; readonly lease: Lease },
): Promise<Frozen> {
  const frozen = await deps.db.forSellers([seller.id], async (tx) => {
    await assertLease(tx, seller.lease);
    const registered = await registeredSeller(tx, seller.id);
    if (registered?.state !== 'live') return null;
    const candidates = await waiting(tx, registered);
    const chosen = choose(candidates);
    if (chosen.length === 0) return null;
    const lines = chosen.reduce((sum, candidate) => sum + candidate.line_count, 0);
    const age = Math.max(...chosen.map((candidate) => Number(candidate.age_ms)));
    const full = candidates.length > chosen.length || lines > MAX_GROUP_LINES * 0.9;
    if (!full && age < deps.lingerMs) return { waitMs: deps.lingerMs - age };
    return { runGroup: await freeze(tx, deps, { registered, chosen, fence: seller.lease.token }) };
  });
  if (frozen && 'runGroup' in frozen) crashPoint('posting.after-freeze-before-publish');
  return frozen;
}

async function registeredSeller(tx: Tx, sellerId: string): Promise<Seller | null> {
  // Shared: a seller being stopped waits for this transaction, and this one for the stop.
  const rows = await tx.query<{ body: Seller }>(
    `SELECT body FROM posting.seller WHERE seller_id = $1 FOR SHARE`,
    [sellerId],
  );
  return rows[0]?.body ?? null;
}

/** Accepted journals of the seller's ledger in order of arrival, whose lower revisions are settled or inside them. */
function waiting(tx: Tx, seller: Seller): Promise<Candidate[]> {
  return tx.query<Candidate>(
    `SELECT j.journal_id, j.currency, j.wanted_date, j.purchase_order_id, j.correlation_id, j.line_count, j.attempt,
            (extract(epoch FROM posting.db_now() - j.accepted_at) * 1000)::bigint AS age_ms
       FROM posting.journal j
      WHERE j.seller_id = $1 AND j.state = 'accepted' AND j.ledger_key = $2
        AND NOT EXISTS (
          SELECT 1 FROM posting.journal_revision r
           WHERE r.seller_id = j.seller_id AND r.journal_id = j.journal_id AND r.revision > 1
             AND r.revision - 1 > (
               SELECT count(*) FROM posting.journal_revision l
                WHERE l.seller_id = r.seller_id AND l.ledger_key = r.ledger_key AND l.line = r.line
                  AND l.revision < r.revision AND (l.settled OR l.journal_id = r.journal_id)))
      ORDER BY j.accepted_number LIMIT $3`,
    [seller.sellerId, ledgerKey(seller.ledger), MAX_CANDIDATES],
  );
}

/** The oldest journal says currency and period; others of the same fill the group. */
function choose(candidates: readonly Candidate[]): Candidate[] {
  const [oldest] = candidates;
  if (!oldest) return [];
  const chosen: Candidate[] = [];
  let lines = 0;
  for (const candidate of candidates) {
    const same = candidate.currency === oldest.currency && period(candidate) === period(oldest);
    if (!same || lines + candidate.line_count > MAX_GROUP_LINES) continue;
    chosen.push(candidate);
    lines += candidate.line_count;
  }
  return chosen;
}

function period(candidate: Candidate): string {
  return candidate.wanted_date.slice(0, 7);
}

interface Freezing {
  readonly registered: Seller;
  readonly chosen: readonly Candidate[];
  readonly fence: bigint;
}

async function freeze(tx: Tx, deps: FreezeDeps, freezing: Freezing): Promise<string> {
  const { registered: seller, chosen, fence } = freezing;
  const attempt = 1 + Math.max(...chosen.map((candidate) => candidate.attempt));
  const ids = chosen.map((candidate) => candidate.journal_id);
  const runGroup = runGroupName({
    installation: deps.installation,
    tenant: seller.ledger.tenant,
    members: ids,
    attempt,
  });
  const bodies = await frozenBodies(tx, { sellerId: seller.sellerId, ids, runGroup, attempt });
  const { payload, firstRows } = frozenLines(deps, { seller, runGroup, chosen, bodies });
  const text = payload.join('\n');
  const anchor = anchorDraft(deps.clock, {
    seller,
    runGroup,
    attempt,
    chosen,
    rowCount: payload.length,
    payloadHash: sha256Hex(text),
  });
  await tx.execute(
    `INSERT INTO posting.run_group (run_group, seller_id, market, ledger, currency, attempt, state, fence,
       row_count, payload, payload_hash, anchor_id, frozen_at)
     VALUES ($1, $2, $3, $4::jsonb, $5, $6, 'frozen', $7, $8, $9, $10, $11, posting.db_now())`,
    [
      runGroup,
      seller.sellerId,
      seller.market,
      JSON.stringify(seller.ledger),
      chosen[0]?.currency,
      attempt,
      fence.toString(),
      payload.length,
      text,
      anchor.payload.payloadHash,
      anchor.id,
    ],
  );
  await tx.execute(
    `INSERT INTO posting.run_group_member (run_group, seller_id, journal_id, first_row, row_count, posting_date)
     SELECT $1, $2, * FROM unnest($3::text[], $4::int[], $5::int[], $6::text[])`,
    [
      runGroup,
      seller.sellerId,
      ids,
      firstRows,
      chosen.map((candidate) => candidate.line_count),
      chosen.map((candidate) => candidate.wanted_date),
    ],
  );
  await appendToOutbox(tx, SCHEMA, [anchor]);
  await auditFreeze(tx, {
    clock: deps.clock,
    seller,
    runGroup,
    attempt,
    chosen,
    rows: payload.length,
  });
  return runGroup;
}

/** The wire lines of all members in order, and where each member's begin. D3: posting date = wanted date. */
function frozenLines(
  deps: FreezeDeps,
  of: {
    seller: Seller;
    runGroup: string;
    chosen: readonly Candidate[];
    bodies: ReadonlyMap<string, JournalPayload>;
  },
): { payload: string[]; firstRows: number[] } {
  const { seller, runGroup } = of;
  const payload: string[] = [];
  const firstRows: number[] = [];
  for (const { journal_id: id, wanted_date: postingDate } of of.chosen) {
    const journal = of.bodies.get(id);
    invariant(journal, `journal ${id} left the state accepted while it was frozen`);
    firstRows.push(payload.length + 1);
    const placing = { postingDate, firstRow: payload.length + 1, traceField: seller.traceField };
    for (const line of ledgerLines(journal, placing)) {
      payload.push(deps.ledger.freezeLine({ ledger: seller.ledger, runGroup }, line));
    }
  }
  return { payload, firstRows };
}

/** Marks the members frozen, refusing any that is not accepted any more, and returns their contents. */
async function frozenBodies(
  tx: Tx,
  of: { sellerId: string; ids: readonly string[]; runGroup: string; attempt: number },
): Promise<Map<string, JournalPayload>> {
  const rows = await tx.query<{ journal_id: string; body: JournalPayload }>(
    `UPDATE posting.journal
        SET state = 'frozen', version = version + 1, run_group = $3, attempt = $4, posting_date = wanted_date, reason = NULL
      WHERE seller_id = $1 AND journal_id = ANY ($2::text[]) AND state = 'accepted'
      RETURNING journal_id, body`,
    [of.sellerId, of.ids, of.runGroup, of.attempt],
  );
  return new Map(rows.map((row) => [row.journal_id, row.body]));
}

interface Anchored {
  readonly seller: Seller;
  readonly runGroup: string;
  readonly attempt: number;
  readonly chosen: readonly Candidate[];
  readonly rowCount: number;
  readonly payloadHash: string;
}

function anchorDraft(clock: Clock, of: Anchored) {
  const ledger: LedgerRef = of.seller.ledger;
  return draft(runGroupFrozen, {
    seller: of.seller.sellerId,
    market: of.seller.market,
    occurredAt: clock.now(),
    correlationId: of.runGroup,
    identity: [of.runGroup],
    payload: {
      runGroup: of.runGroup,
      attempt: of.attempt,
      ledger,
      currency: of.chosen[0]?.currency ?? '',
      postingDates: [...new Set(of.chosen.map((candidate) => candidate.wanted_date))].sort(),
      journals: of.chosen.map((candidate) => candidate.journal_id),
      rowCount: of.rowCount,
      payloadHash: of.payloadHash,
      frozenAt: isoInstant(clock.now()),
    },
  });
}

interface FreezeRecord extends Omit<Anchored, 'rowCount' | 'payloadHash'> {
  readonly clock: Clock;
  readonly rows: number;
}

/** Links the run group's id, which its calls carry, with the correlation ids of the orders in it. */
async function auditFreeze(tx: Tx, of: FreezeRecord): Promise<void> {
  const { chosen, seller, runGroup, attempt, rows } = of;
  const correlations = Object.fromEntries(
    chosen.map((candidate) => [candidate.purchase_order_id, candidate.correlation_id]),
  );
  await recordAudit(tx, SCHEMA, [
    {
      seller: seller.sellerId,
      market: seller.market,
      correlationId: runGroup,
      record: {
        recordId: uuidOf('run-group-frozen', runGroup),
        at: isoInstant(of.clock.now()),
        service: SERVICE,
        action: 'run-group-frozen',
        actor: 'system',
        orders: Object.keys(correlations),
        runGroup,
        journals: chosen.map((candidate) => candidate.journal_id),
        data: { attempt, rows, correlations },
      },
    },
  ]);
}
