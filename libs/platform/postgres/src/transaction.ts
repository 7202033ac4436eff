import type { DataSource, QueryRunner } from 'typeorm';
import { asParameters } from './array-literal.js';

/** An open transaction; the only way to run SQL. Use it one statement at a time. */
export interface Tx {
  /** The schema of the service, for SQL that is shared by services. */
  readonly schema: string;
  /** Rows of a SELECT or a RETURNING. bigint and numeric arrive as text, timestamptz as `Date`. */
  query<R = Record<string, unknown>>(sql: string, params?: readonly unknown[]): Promise<R[]>;
  /** Rows affected. */
  execute(sql: string, params?: readonly unknown[]): Promise<number>;
  /** `run` is called once, after the commit; never when the transaction is rolled back. */
  afterCommit(run: () => void): void;
}

/** Runs `work` in one transaction on a connection of `pool`, seeing the rows of `sellers` only. */
export async function inTransaction<T>(
  pool: DataSource,
  schema: string,
  sellers: readonly string[],
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  const runner = pool.createQueryRunner();
  const committed: (() => void)[] = [];
  let answer: T;
  try {
    await runner.startTransaction();
    try {
      if (sellers.length > 0) {
        await runner.query(`SELECT set_config('mlc.sellers', $1, true)`, [sellers.join(',')]);
      }
      answer = await work(transaction(runner, schema, committed));
      await runner.commitTransaction();
    } catch (error) {
      await rollBack(runner, error);
      throw error;
    }
  } finally {
    await runner.release();
  }
  for (const run of committed) run();
  return answer;
}

function transaction(runner: QueryRunner, schema: string, committed: (() => void)[]): Tx {
  return {
    schema,
    async query<R>(sql: string, params: readonly unknown[] = []) {
      const result = await runner.query(sql, asParameters(params), true);
      return result.records as R[];
    },
    async execute(sql, params = []) {
      const result = await runner.query(sql, asParameters(params), true);
      return result.affected ?? 0;
    },
    afterCommit: (run) => committed.push(run),
  };
}

async function rollBack(runner: QueryRunner, cause: unknown): Promise<void> {
  try {
    await runner.rollbackTransaction();
  } catch (error) {
    // The connection is lost: PostgreSQL has rolled back, and the first error says why.
    throw new AggregateError([cause, error], 'transaction failed and its connection is lost', {
      cause: error,
    });
  }
}
