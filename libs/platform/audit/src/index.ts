export { type ChainHead, firstBreak, type SealedRecord } from './chain.js';
export { type AuditEntry, auditTables, recordAudit } from './record-audit.js';
export { auditTrailTables, readChain, readTrail, sealBatch } from './trail.js';
