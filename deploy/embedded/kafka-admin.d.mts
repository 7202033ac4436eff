export interface TopicSpec {
  topic: string;
  partitions: number;
  configs?: Record<string, string>;
  /** 1 when absent. */
  replicationFactor?: number;
}

export interface KafkaAdmin {
  /** Leaves existing topics as they are; answers the names it made, each with its leaders. */
  createTopics(topics: readonly TopicSpec[]): Promise<string[]>;
  listTopics(): Promise<string[]>;
  deleteTopics(topics: string[]): Promise<void>;
  /** Messages a topic holds now, all partitions together. */
  messageCount(topic: string): Promise<number>;
  /** Messages of a topic a consumer group has not committed. */
  lag(groupId: string, topic: string): Promise<number>;
  disconnect(): Promise<void>;
}

export function connectKafkaAdmin(brokers: string[]): Promise<KafkaAdmin>;

/** One attempt: controller elected and group coordinator loaded. Throws while it is not so. */
export function probeKafka(brokers: string[]): Promise<void>;

/** Writes one message and reads it back through a consumer group. */
export function roundTrip(
  brokers: string[],
  message: { topic: string; key: string; value: string },
): Promise<{ key: string; value: string; partition: number; offset: string }>;
