import { auditRecorded, type AuditRecord, draft } from '@mlc/events';
import { schemaRoles, sellerTable, type Tx } from '@mlc/postgres';
import { appendToOutbox } from '@mlc/messaging';

/** One record and whom it is about. */
export interface AuditEntry {
  readonly seller: string;
  readonly market: string;
  readonly correlationId: string;
  readonly record: AuditRecord;
}

/**
 * Records steps in the transaction that takes them, and hands them to the sealer: two statements for
 * any number. A record id the schema already has is the same step and is passed over.
 */
export async function recordAudit(
  tx: Tx,
  schema: string,
  records: readonly AuditEntry[],
): Promise<void> {
  if (records.length === 0) return;
  const added = await tx.query<{ seller_id: string; record_id: string }>(
    `INSERT INTO ${schema}.audit_record (seller_id, record_id, at, correlation_id, record)
     SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::jsonb[])
     ON CONFLICT (seller_id, record_id) DO NOTHING
     RETURNING seller_id, record_id`,
    [
      records.map((entry) => entry.seller),
      records.map((entry) => entry.record.recordId),
      records.map((entry) => entry.record.at),
      records.map((entry) => entry.correlationId),
      records.map((entry) => JSON.stringify(entry.record)),
    ],
  );
  const fresh = new Set(added.map((row) => keyOf(row.seller_id, row.record_id)));
  const drafts = records
    .filter((entry) => fresh.delete(keyOf(entry.seller, entry.record.recordId)))
    .map((entry) =>
      draft(auditRecorded, {
        seller: entry.seller,
        market: entry.market,
        occurredAt: Date.parse(entry.record.at),
        correlationId: entry.correlationId,
        identity: [entry.seller, entry.record.recordId],
        payload: entry.record,
      }),
    );
  await appendToOutbox(tx, schema, drafts);
}

/** SQL of `audit_record`, for the first migration of every service; rows can only be added. */
export function auditTables(schema: string): string[] {
  const { app } = schemaRoles(schema);
  return [
    `CREATE TABLE ${schema}.audit_record (
       seller_id text NOT NULL,
       record_id text NOT NULL,
       at timestamptz NOT NULL,
       correlation_id text NOT NULL,
       record jsonb NOT NULL,
       PRIMARY KEY (seller_id, record_id)
     )`,
    `REVOKE ALL ON ${schema}.audit_record FROM ${app}`,
    `GRANT SELECT, INSERT ON ${schema}.audit_record TO ${app}`,
    ...sellerTable(schema, 'audit_record'),
  ];
}

function keyOf(seller: string, recordId: string): string {
  return `${seller}/${recordId}`;
}
