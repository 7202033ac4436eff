export { migrateAll, rolesOf, SCHEMAS } from './migrate.js';
export { createTopics, type TopicsOptions } from './topics.js';
