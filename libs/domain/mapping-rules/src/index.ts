export {
  type ComputedOrder,
  computeOrder,
  type LineOutcome,
  type LineStanding,
  type LineState,
  type OrderComputation,
  type SellerPolicy,
} from './compute-order.js';
export { type Pin, type PinnedCharge, type ReasonAmount } from './evaluate-line.js';
export { matchRule, type RuleMatch } from './match-rule.js';
export { type Attributes, type Rule, type RuleSet, ruleSetFor, type RuleWhen } from './rule-set.js';
