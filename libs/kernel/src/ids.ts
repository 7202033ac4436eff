import { sha256Hex } from './hash.js';

/** A deterministic UUID (RFC 9562 version 8) from named parts: the same parts give the same id. */
export function uuidOf(...parts: readonly string[]): string {
  const hex = sha256Hex(parts.map((part) => `${part.length}:${part}`).join('|'));
  const variant = ((Number.parseInt(hex[16] ?? '0', 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Named parts of a key, each escaped so that two different keys never read the same. */
export function keyOf(...parts: readonly (string | number)[]): string {
  return parts.map((part) => String(part).replace(/[%/]/g, encodeURIComponent)).join('/');
}

/** A1: market, Walmart seller id, purchase order, line number. */
export interface LineRef {
  readonly market: string;
  readonly walmartSellerId: string;
  readonly purchaseOrderId: string;
  readonly lineNumber: string;
}

/** `US/10001/1796277083022/4`, the text of a {@link LineRef} used in events, tables and the API. */
export function lineKey(line: LineRef): string {
  return keyOf(line.market, line.walmartSellerId, line.purchaseOrderId, line.lineNumber);
}

/** A1: CloudSuite tenant, enterprise group, accounting entity. */
export interface LedgerRef {
  readonly tenant: string;
  readonly enterpriseGroup: string;
  readonly accountingEntity: string;
}

export function ledgerKey(ledger: LedgerRef): string {
  return keyOf(ledger.tenant, ledger.enterpriseGroup, ledger.accountingEntity);
}
