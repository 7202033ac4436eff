export * from './canonical-json.js';
export * from './clock.js';
export * from './hash.js';
export * from './ids.js';
export * from './invariant.js';
export * from './result.js';
