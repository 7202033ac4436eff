export * from './client.js';
export * from './endpoint.js';
export * from './lines.js';
export * from './sellers.js';
