import { randomBytes } from 'node:crypto';

export interface World {
  /** A superuser's connection string to the maintenance database of the run's PostgreSQL. */
  databaseUrl: string;
  kafkaBrokers: string[];
  /** Different for every run; the run's databases and topics carry it. */
  runId: string;
}

/** The servers of this run, started by the integration tier's global setup. */
export function testWorld(): World {
  return {
    databaseUrl: required('MLC_TEST_DATABASE_URL'),
    kafkaBrokers: required('MLC_TEST_KAFKA_BROKERS').split(','),
    runId: required('MLC_TEST_RUN_ID'),
  };
}

function required(name: string): string {
  const value = process.env[name];
  if (!value) {
    throw new Error(
      `${name} is not set: a spec that needs PostgreSQL or Kafka is named *.int.spec.ts and run by ` +
        'jest with --selectProjects integration, whose global setup starts them.',
    );
  }
  return value;
}

/** A prefix no other spec uses, of this run: `t.<run>.<random>.`. */
export function topicPrefix(): string {
  return `t.${testWorld().runId}.${randomBytes(4).toString('hex')}.`;
}
