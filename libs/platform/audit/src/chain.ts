import type { AuditRecord } from '@mlc/events';
import { canonicalJson, type Json, sha256Hex } from '@mlc/kernel';

/** A record in its place in the seller's chain. */
export interface SealedRecord {
  readonly seller: string;
  /** From 1, without a gap. */
  readonly position: bigint;
  readonly correlationId: string;
  readonly record: AuditRecord;
  readonly previousHash: string;
  /** SHA-256 over the predecessor's hash and the record's canonical JSON. */
  readonly hash: string;
}

/** What the first record of a chain follows. */
export const FIRST_HASH = '0'.repeat(64);

export function chainHash(previousHash: string, record: AuditRecord): string {
  return sha256Hex(previousHash + canonicalJson(record as unknown as Json));
}

export interface ChainHead {
  readonly position: bigint;
  readonly hash: string;
}

/** Appends records to a seller's chain. */
export function extendChain(
  seller: string,
  head: ChainHead,
  records: readonly { readonly correlationId: string; readonly record: AuditRecord }[],
): SealedRecord[] {
  let { position, hash } = head;
  return records.map(({ correlationId, record }) => {
    const previousHash = hash;
    position += 1n;
    hash = chainHash(previousHash, record);
    return { seller, position, correlationId, record, previousHash, hash };
  });
}

/**
 * The position of the first record that is not what was sealed there, or null when the chain holds.
 * `chain` is a seller's records in order, from any place on; `before` is the head they follow.
 */
export function firstBreak(
  chain: readonly SealedRecord[],
  before: ChainHead = { position: 0n, hash: FIRST_HASH },
): bigint | null {
  let { position, hash } = before;
  for (const sealed of chain) {
    position += 1n;
    const holds =
      sealed.position === position &&
      sealed.previousHash === hash &&
      sealed.hash === chainHash(hash, sealed.record);
    if (!holds) return position;
    hash = sealed.hash;
  }
  return null;
}
