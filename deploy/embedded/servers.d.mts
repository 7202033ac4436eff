export interface Servers {
  /** A superuser's connection string. */
  databaseUrl: string;
  /** `host:port` */
  kafkaBrokers: string[];
  /** Of what was started here; absent for a server that was given. */
  pids: { postgres?: number; kafka?: number };
  guardPids: number[];
  startTimes: { postgresMs: number; kafkaMs: number };
  stop: () => Promise<void>;
}

export interface StartServersOptions {
  dataDir: string;
  /** `false` trades what a crash of the machine would leave for speed. Default `true`. */
  durable?: boolean;
  env?: NodeJS.ProcessEnv;
  /** Told of each of Kafka's jars that the cache lacks. */
  onDownload?: (file: string) => void;
}

/**
 * PostgreSQL and Apache Kafka: those that `DATABASE_URL` and `KAFKA_BROKERS` name, else started
 * here. They die with this process.
 */
export function startServers(options: StartServersOptions): Promise<Servers>;
