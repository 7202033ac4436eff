import { randomUUID } from 'node:crypto';
import { failure, FailureError } from '@mlc/kernel';
import type { Database } from './database.js';
import { identifier } from './names.js';
import { systemTable } from './seller-table.js';
import type { Tx } from './transaction.js';

/** The right to do a piece of work alone, until it runs out on the database's clock. */
export interface Lease {
  readonly name: string;
  readonly schema: string;
  /** Grows with every holder: what a former holder still writes can be told and refused. */
  readonly token: bigint;
  /** False when the lease ran out, even if nobody took it. */
  renew(): Promise<boolean>;
  release(): Promise<void>;
}

/** Takes the lease `name` for `ttlMs`, or null while somebody holds it. */
export async function acquireLease(
  db: Database,
  name: string,
  ttlMs: number,
): Promise<Lease | null> {
  const table = `${db.schema}.lease`;
  const now = `${db.schema}.db_now()`;
  const until = `${now} + make_interval(secs => $2::float8 / 1000)`;
  const rows = await db.asSystem((tx) =>
    tx.query<{ token: string }>(
      `INSERT INTO ${table} AS held (name, token, holder, held_until) VALUES ($1, 1, $3, ${until})
       ON CONFLICT (name) DO UPDATE
         SET token = held.token + 1, holder = excluded.holder, held_until = excluded.held_until
         WHERE held.held_until <= ${now}
       RETURNING token`,
      [name, ttlMs, `${db.service}/${randomUUID()}`],
    ),
  );
  const token = rows[0]?.token;
  if (token === undefined) return null;
  return {
    name,
    schema: db.schema,
    token: BigInt(token),
    async renew() {
      const renewed = await db.asSystem((tx) =>
        tx.execute(
          `UPDATE ${table} SET held_until = ${until}
            WHERE name = $1 AND token = $3 AND held_until > ${now}`,
          [name, ttlMs, token],
        ),
      );
      return renewed === 1;
    },
    async release() {
      await db.asSystem((tx) =>
        tx.execute(`UPDATE ${table} SET held_until = '-infinity' WHERE name = $1 AND token = $2`, [
          name,
          token,
        ]),
      );
    },
  };
}

/**
 * Makes sure, inside the transaction that writes, that the lease is still held, and keeps it from
 * being taken until that transaction ends. Throws a `conflict` when it was lost.
 */
export async function assertLease(tx: Tx, lease: Lease): Promise<void> {
  const held = await tx.query(
    `SELECT 1 FROM ${lease.schema}.lease
      WHERE name = $1 AND token = $2 AND held_until > ${lease.schema}.db_now() FOR SHARE`,
    [lease.name, lease.token.toString()],
  );
  if (held.length === 0) {
    throw new FailureError(
      failure('conflict', 'lease.lost', `The lease ${lease.name} is held by somebody else.`),
    );
  }
}

/** The table behind {@link acquireLease}; part of `messagingTables`. */
export function leaseTable(schema: string): string[] {
  const name = `${identifier(schema)}.lease`;
  return [
    `CREATE TABLE ${name} (
       name text PRIMARY KEY,
       token bigint NOT NULL,
       holder text NOT NULL,
       held_until timestamptz NOT NULL
     )`,
    ...systemTable(schema, 'lease'),
  ];
}
