import type { AuditRecord, Envelope } from '@mlc/events';
import type { Tx } from '@mlc/postgres';

export interface AuditEntry {
  readonly seller: string;
  readonly market: string;
  readonly correlationId: string;
  readonly record: AuditRecord;
}
export declare function recordAudit(
  tx: Tx,
  schema: string,
  records: readonly AuditEntry[],
): Promise<void>;
export declare function auditTables(schema: string): string[];
/** Tables of the one sealer and its readers. */
export declare function auditTrailTables(schema: string): string[];
export interface SealedRecord {
  readonly seller: string;
  readonly position: bigint;
  readonly correlationId: string;
  readonly record: AuditRecord;
  readonly previousHash: string;
  readonly hash: string;
}
export declare function sealBatch(
  tx: Tx,
  events: readonly Envelope<AuditRecord>[],
): Promise<number>;
export declare function readTrail(
  tx: Tx,
  of: { readonly seller: string; readonly order: string },
): Promise<SealedRecord[]>;
