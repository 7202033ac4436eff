export type { EventBatch } from './apply-slice.js';
export {
  createStrategy,
  KafkaBatchStrategy,
  type StrategyConfig,
  type StuckPartition,
} from './kafka-batch-strategy.js';
export { type KafkaConfig, kafkaLink, type KafkaLink } from './kafka-link.js';
export { KeepHandlerError } from './keep-handler-error.js';
export type { Log } from './log.js';
export { OutboxRelay, type RelayConfig } from './outbox-relay.js';
export { appendToOutbox, MAX_MESSAGE_BYTES } from './outbox.js';
export { partitionOf } from './partition-of.js';
export { messagingTables } from './tables.js';
