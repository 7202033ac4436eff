import { identifier, schemaRoles } from './names.js';

export type Privilege = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE';

/**
 * The sub-select makes PostgreSQL read the setting once a statement, not once a row. After a
 * transaction the setting is an empty text, not NULL: both show nothing.
 */
const OF_THESE_SELLERS =
  `seller_id = ANY ((SELECT string_to_array(nullif(current_setting('mlc.sellers', true), ''), ','))` +
  '::text[])';

/**
 * Row-level security of a table with a `seller_id text` column, owner included: only rows of the
 * sellers the transaction was opened for can be seen or written.
 */
export function sellerTable(schema: string, table: string): string[] {
  const name = `${identifier(schema)}.${identifier(table)}`;
  return [
    `ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY`,
    `ALTER TABLE ${name} FORCE ROW LEVEL SECURITY`,
    `CREATE POLICY of_these_sellers ON ${name} USING (${OF_THESE_SELLERS}) WITH CHECK (${OF_THESE_SELLERS})`,
  ];
}

/**
 * What the system role may do with a table, whoever's rows they are. Without it the role sees
 * nothing. For the machinery only: due tables, outbox, offsets, registries.
 */
export function systemTable(
  schema: string,
  table: string,
  privileges: readonly Privilege[] = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
): string[] {
  const name = `${identifier(schema)}.${identifier(table)}`;
  const { system } = schemaRoles(schema);
  return [
    `GRANT ${privileges.join(', ')} ON ${name} TO ${system}`,
    `CREATE POLICY of_the_machinery ON ${name} TO ${system} USING (true) WITH CHECK (true)`,
  ];
}
