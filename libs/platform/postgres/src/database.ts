import { invariant } from '@mlc/kernel';
import { DataSource } from 'typeorm';
import { identifier, isSellerId } from './names.js';
import { inTransaction, type Tx } from './transaction.js';

export interface DatabaseConfig {
  /** Connection string of the role that serves sellers. */
  readonly url: string;
  /** Connection string of the role that sees only what was granted to it. */
  readonly systemUrl: string;
  readonly service: string;
  readonly schema: string;
  /** Connections for sellers' work; the system pool has half as many. */
  readonly poolSize?: number;
  readonly statementTimeoutMs?: number;
  /** Test only: moves `<schema>.db_now()` of every connection. */
  readonly clockOffsetMs?: number;
}

const POOL_SIZE = 8;
const STATEMENT_TIMEOUT_MS = 15_000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** Sellers one transaction may see. */
const MAX_SELLERS = 1_000;

/** The service's schema, seen through its two roles. One per process. */
export class Database {
  constructor(
    readonly service: string,
    readonly schema: string,
    private readonly app: DataSource,
    private readonly system: DataSource,
  ) {}

  /** One transaction; rows of other sellers neither show nor can be written. */
  forSellers<T>(sellers: readonly string[], work: (tx: Tx) => Promise<T>): Promise<T> {
    const distinct = [...new Set(sellers)];
    invariant(distinct.length <= MAX_SELLERS, `more than ${MAX_SELLERS} sellers in a transaction`);
    for (const seller of distinct) invariant(isSellerId(seller), 'not a seller id');
    return inTransaction(this.app, this.schema, distinct, work);
  }

  /** One transaction of the machinery, on the tables granted to the system role. */
  asSystem<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return inTransaction(this.system, this.schema, [], work);
  }

  /** Waits for running transactions. */
  async close(): Promise<void> {
    await Promise.all([this.app.destroy(), this.system.destroy()]);
  }
}

export async function openDatabase(config: DatabaseConfig): Promise<Database> {
  const schema = identifier(config.schema);
  const poolSize = config.poolSize ?? POOL_SIZE;
  const app = pool(config, { url: config.url, poolSize });
  const system = pool(config, { url: config.systemUrl, poolSize: Math.ceil(poolSize / 2) });
  try {
    await Promise.all([app.initialize(), system.initialize()]);
  } catch (error) {
    await Promise.all([app, system].filter((one) => one.isInitialized).map((one) => one.destroy()));
    throw error;
  }
  return new Database(config.service, schema, app, system);
}

function pool(config: DatabaseConfig, one: { url: string; poolSize: number }): DataSource {
  const offsetMs = Math.trunc(config.clockOffsetMs ?? 0);
  return new DataSource({
    type: 'postgres',
    url: one.url,
    applicationName: config.service,
    poolSize: one.poolSize,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    installExtensions: false,
    logging: false,
    extra: {
      statement_timeout: config.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
      options: offsetMs === 0 ? undefined : `-c mlc.clock_offset_ms=${offsetMs}`,
    },
  });
}
