import type { Tx } from '@mlc/postgres';

export interface JournalKey {
  readonly seller: string;
  readonly journal: string;
}

export type StateOfJournal = (seller: string, journal: string) => string | undefined;

/** What posting last said of these journals, in one statement; undefined of one it has not spoken of. */
export async function journalStates(tx: Tx, keys: readonly JournalKey[]): Promise<StateOfJournal> {
  const states = new Map<string, string>();
  if (keys.length > 0) {
    const rows = await tx.query<{ seller_id: string; journal_id: string; state: string }>(
      `select j.seller_id, j.journal_id, j.state
         from (select distinct * from unnest($1::text[], $2::text[]) as k (seller_id, journal_id)) as k
         join tenant.journal j using (seller_id, journal_id)`,
      [keys.map(({ seller }) => seller), keys.map(({ journal }) => journal)],
    );
    for (const row of rows) states.set(`${row.seller_id} ${row.journal_id}`, row.state);
  }
  return (seller, journal) => states.get(`${seller} ${journal}`);
}
