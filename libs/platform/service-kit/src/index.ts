export { OutboxRelay } from '@mlc/messaging';
export { Database } from '@mlc/postgres';
export { defineConfig, type KitConfig } from './config.js';
export { createLogger } from './logger.js';
export { periodic, type PeriodicJob } from './periodic.js';
export { PlatformModule, type PlatformParts } from './platform-module.js';
export {
  correlationIdOf,
  type ProblemDetails,
  ProblemFilter,
  problemOf,
} from './problem-filter.js';
export {
  type HttpDefinition,
  type RunningService,
  schemaOf,
  type ServiceDefinition,
  startService,
} from './start-service.js';
export { CLOCK, CONFIG, LOGGER } from './tokens.js';
