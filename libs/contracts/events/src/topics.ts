/**
 * Every topic there is. Key = seller id always; never compacted; every producer can refill its topic
 * from the state it owns. Partitions are the unit of scale and are fixed when the topic is made.
 */
export interface Topic {
  readonly name: string;
  readonly owner: Service;
  readonly partitions: number;
  readonly retentionMs: number;
}

export type Service = 'ingestion' | 'mapping' | 'gl-posting' | 'credential-vault' | 'tenant-api';

const DAY_MS = 86_400_000;

function topic(name: string, owner: Service, partitions: number): Topic {
  return { name, owner, partitions, retentionMs: 180 * DAY_MS };
}

export const TOPICS = {
  order: topic('walmart.order.v1', 'ingestion', 6),
  flow: topic('ingestion.flow.v1', 'ingestion', 3),
  line: topic('mapping.line.v1', 'mapping', 6),
  journal: topic('gl.journal.v1', 'mapping', 6),
  posting: topic('gl.posting.v1', 'gl-posting', 6),
  seller: topic('tenant.seller.v1', 'tenant-api', 3),
  ruleSet: topic('tenant.rule-set.v1', 'tenant-api', 3),
  command: topic('tenant.command.v1', 'tenant-api', 3),
  /** Several services answer, each through its own outbox. */
  answer: topic('command.answer.v1', 'tenant-api', 3),
  /** Every service records, one sealer reads. */
  audit: topic('audit.record.v1', 'tenant-api', 6),
} as const satisfies Record<string, Topic>;
