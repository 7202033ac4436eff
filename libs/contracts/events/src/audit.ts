import { z } from 'zod';
import { defineEvent, instant } from './envelope.js';
import { TOPICS } from './topics.js';

/**
 * One step that changed something. Written in the same transaction as the change; `recordId` is
 * deterministic, so a repeated step is one record. Holds no secret and no personal datum.
 */
export const auditRecordSchema = z.object({
  recordId: z.string(),
  at: instant,
  service: z.string(),
  /** Past tense: `order-snapshot-recorded`, `run-group-submitted`. */
  action: z.string().max(80),
  /** A person's name, or `system`. */
  actor: z.string().max(120),
  /** Purchase orders it is about. `run-group-frozen` lists its members'; later steps name the group only. */
  orders: z.array(z.string()).max(500),
  runGroup: z.string().nullable(),
  journals: z.array(z.string()).max(500),
  /** What a reader needs to follow the step: versions, counts, states, vendor's evidence. */
  data: z.record(z.string(), z.unknown()),
});
export type AuditRecord = z.infer<typeof auditRecordSchema>;

export const auditRecorded = defineEvent<AuditRecord>({
  topic: TOPICS.audit.name,
  type: 'audit.recorded',
  version: 1,
  schema: auditRecordSchema,
});
