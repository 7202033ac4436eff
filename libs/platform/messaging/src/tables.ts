import { leaseTable, schemaRoles, sellerTable, systemTable } from '@mlc/postgres';

/**
 * SQL of the tables that events need in a service's schema, for its first migration: `outbox`,
 * `outbox_partition`, `consumer_offset`, `set_aside`, `parked` and `lease`.
 */
export function messagingTables(schema: string): string[] {
  const { app } = schemaRoles(schema);
  return [
    `CREATE TABLE ${schema}.outbox (
       id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
       seller_id text NOT NULL,
       topic text NOT NULL,
       partition int NOT NULL,
       event_id text NOT NULL,
       message text NOT NULL
     )`,
    `CREATE INDEX outbox_next ON ${schema}.outbox (topic, partition, id)`,
    `CREATE INDEX outbox_event ON ${schema}.outbox (event_id)`,
    // A queue: rows live for milliseconds, so what is dead is swept early.
    `ALTER TABLE ${schema}.outbox SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)`,
    `REVOKE ALL ON ${schema}.outbox FROM ${app}`,
    `GRANT INSERT ON ${schema}.outbox TO ${app}`,
    ...sellerTable(schema, 'outbox'),
    ...systemTable(schema, 'outbox', ['SELECT', 'DELETE']),

    `CREATE TABLE ${schema}.outbox_partition (
       topic text NOT NULL,
       partition int NOT NULL,
       next_sequence bigint NOT NULL,
       claimed bigint[] NOT NULL,
       holder text NOT NULL,
       held_until timestamptz NOT NULL,
       PRIMARY KEY (topic, partition)
     ) WITH (fillfactor = 50)`,
    ...systemTable(schema, 'outbox_partition', ['SELECT', 'INSERT', 'UPDATE']),

    `CREATE TABLE ${schema}.consumer_offset (
       topic text NOT NULL,
       partition int NOT NULL,
       next_offset bigint NOT NULL,
       sequences jsonb NOT NULL,
       PRIMARY KEY (topic, partition)
     ) WITH (fillfactor = 50)`,
    ...systemTable(schema, 'consumer_offset', ['SELECT']),

    `CREATE TABLE ${schema}.set_aside (
       topic text NOT NULL,
       partition int NOT NULL,
       message_offset bigint NOT NULL,
       reason text NOT NULL,
       message bytea NOT NULL,
       at timestamptz NOT NULL DEFAULT ${schema}.db_now(),
       PRIMARY KEY (topic, partition, message_offset)
     )`,
    `REVOKE ALL ON ${schema}.set_aside FROM ${app}`,
    `GRANT INSERT ON ${schema}.set_aside TO ${app}`,
    ...systemTable(schema, 'set_aside', ['SELECT']),

    `CREATE TABLE ${schema}.parked (
       topic text NOT NULL,
       partition int NOT NULL,
       message_offset bigint NOT NULL,
       seller_id text NOT NULL,
       message text NOT NULL,
       PRIMARY KEY (topic, partition, message_offset)
     )`,
    `CREATE INDEX parked_seller ON ${schema}.parked (topic, seller_id, message_offset)`,
    ...sellerTable(schema, 'parked'),
    ...systemTable(schema, 'parked', ['SELECT']),

    ...leaseTable(schema),
  ];
}
