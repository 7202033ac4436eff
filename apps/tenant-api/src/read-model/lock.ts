import type { Tx } from '@mlc/postgres';

/**
 * One writer at a time of a seller's lines and journals: a line's standing is derived from both, and
 * they come over different topics. Readers that need one state of all lines take it to look.
 */
export async function lockReadModel(
  tx: Tx,
  sellers: Iterable<string>,
  to: 'change' | 'look',
): Promise<void> {
  const lock = to === 'change' ? 'pg_advisory_xact_lock' : 'pg_advisory_xact_lock_shared';
  await tx.query(
    `select ${lock}(key) from (
       select distinct hashtextextended('tenant.line/' || seller, 0) as key
         from unnest($1::text[]) as seller order by 1) as keys`,
    [[...new Set(sellers)]],
  );
}
