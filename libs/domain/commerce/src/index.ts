export { type Component, componentOf } from './components.js';
export type { ChargeFacts, LineFacts, MoneyText, OrderFacts } from './order-facts.js';
export { readLine, type LineContext, type LineReading, type ReadCharge } from './read-line.js';
export { type Reason, type ReasonCode, reasonOf } from './reasons.js';
export { recognitionDate, statusDate, transactionDate } from './recognition.js';
