export {
  createWalmartClient,
  DEFAULT_RETRIES,
  type OrderRead,
  type ReadRetries,
  type TokenSource,
  type WalmartClient,
  type WalmartClientOptions,
} from './client.js';
export { type ItemRead } from './item.js';
export { type OrderFacts, statusRank } from './order.js';
export { type ListedOrder, type OrderWindow, SHIP_NODE_TYPES, type ShipNodeType } from './pages.js';
export { WALMART_SUFFIXES } from './requests.js';
export { requestWalmartToken, type WalmartToken, type WalmartTokenRequest } from './token.js';
export { type WalkedPage, walkOrders } from './walk.js';
