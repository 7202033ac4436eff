import { TOPICS } from '@mlc/events';
import { connectKafkaAdmin } from '../../embedded/kafka-admin.mjs';

export interface TopicsOptions {
  readonly brokers: readonly string[];
  readonly prefix?: string;
  readonly replicationFactor?: number;
}

/** Makes the topics that are missing, never compacted; answers their names. */
export async function createTopics(options: TopicsOptions): Promise<string[]> {
  const { brokers, prefix = '', replicationFactor = 1 } = options;
  const admin = await connectKafkaAdmin([...brokers]);
  try {
    return await admin.createTopics(
      Object.values(TOPICS).map(({ name, partitions, retentionMs }) => ({
        topic: `${prefix}${name}`,
        partitions,
        replicationFactor,
        configs: { 'cleanup.policy': 'delete', 'retention.ms': String(retentionMs) },
      })),
    );
  } finally {
    await admin.disconnect();
  }
}
