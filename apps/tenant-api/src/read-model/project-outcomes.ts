import type { Envelope, JournalOutcome, JournalOutcomes, LineState } from '@mlc/events';
import type { Tx } from '@mlc/postgres';
import { journalStates } from './journal-states.js';
import { lockReadModel } from './lock.js';
import { newestOf, slicesOf } from './newest.js';
import { standingOf } from './standing.js';

interface SellersOutcome {
  readonly seller: string;
  readonly outcome: JournalOutcome;
}

/** Takes in what posting says of journals (E4: only when higher) and moves the lines they belong to. */
export async function projectOutcomes(
  tx: Tx,
  events: readonly Envelope<JournalOutcomes>[],
): Promise<void> {
  if (events.length === 0) return;
  const outcomes = newestOf(
    events.flatMap(({ seller, payload }) =>
      payload.outcomes.map((outcome): SellersOutcome => ({ seller, outcome })),
    ),
    ({ seller, outcome }) => `${seller} ${outcome.journalId}`,
    ({ outcome }) => outcome.version,
  );
  await lockReadModel(
    tx,
    events.map(({ seller }) => seller),
    'change',
  );
  for (const slice of slicesOf(outcomes)) {
    const changed = await store(tx, slice);
    if (changed.length > 0) await moveLines(tx, changed);
  }
}

interface ChangedJournal {
  seller_id: string;
  journal_id: string;
}

function store(tx: Tx, outcomes: readonly SellersOutcome[]): Promise<ChangedJournal[]> {
  const rows = outcomes.map(({ seller, outcome }) => ({
    seller_id: seller,
    journal_id: outcome.journalId,
    version: outcome.version,
    state: outcome.state,
    run_group: outcome.runGroup,
    posting_date: outcome.postingDate,
    result_id: outcome.resultId,
    reason: outcome.reason,
  }));
  return tx.query<ChangedJournal>(
    `insert into tenant.journal as known
       (seller_id, journal_id, version, state, run_group, posting_date, result_id, reason)
     select * from jsonb_to_recordset($1::jsonb) as r (
       seller_id text, journal_id text, version integer, state text, run_group text,
       posting_date date, result_id text, reason jsonb)
     on conflict (seller_id, journal_id) do update
       set version = excluded.version, state = excluded.state, run_group = excluded.run_group,
           posting_date = excluded.posting_date, result_id = excluded.result_id,
           reason = excluded.reason
     where known.version < excluded.version
     returning seller_id, journal_id`,
    [JSON.stringify(rows)],
  );
}

interface LineRow {
  seller_id: string;
  line: string;
  state: LineState['state'];
  journals: string[];
  standing: string;
}

async function moveLines(tx: Tx, changed: readonly ChangedJournal[]): Promise<void> {
  const lines = await tx.query<LineRow>(
    `select seller_id, line, state, journals, standing from tenant.line
      where (seller_id, line) in (
        select j.seller_id, j.line
          from unnest($1::text[], $2::text[]) as c (seller_id, journal_id)
          join tenant.line_journal j using (seller_id, journal_id))`,
    [changed.map(({ seller_id }) => seller_id), changed.map(({ journal_id }) => journal_id)],
  );
  const stateOf = await journalStates(
    tx,
    lines.flatMap(({ seller_id: seller, journals }) =>
      journals.map((journal) => ({ seller, journal })),
    ),
  );
  const moved = lines.flatMap(({ seller_id, line, state, journals, standing }) => {
    const next = standingOf(
      state,
      journals.map((journal) => stateOf(seller_id, journal)),
    );
    return next === standing ? [] : [{ seller_id, line, standing: next }];
  });
  if (moved.length === 0) return;
  await tx.execute(
    `update tenant.line l set standing = m.standing
       from unnest($1::text[], $2::text[], $3::text[]) as m (seller_id, line, standing)
      where l.seller_id = m.seller_id and l.line = m.line`,
    [
      moved.map(({ seller_id }) => seller_id),
      moved.map(({ line }) => line),
      moved.map(({ standing }) => standing),
    ],
  );
}
