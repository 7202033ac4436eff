export * from './audit.js';
export * from './catalogue.js';
export {
  defineEvent,
  draft,
  type Draft,
  type DraftFields,
  type Envelope,
  type EventType,
  readMessage,
  type Reading,
} from './envelope.js';
export * from './ledger.js';
export * from './mapping.js';
export * from './tenant.js';
export * from './topics.js';
export * from './walmart.js';
