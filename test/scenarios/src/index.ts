export { loadScenario, type LoadProgress } from './load.js';
export {
  BATCH_ORDERS,
  generateScenario,
  type Scenario,
  type ScenarioCounts,
  type ScenarioOptions,
  type ScenarioSeller,
} from './scenario.js';
export { civilDay, yesterdayIn, type CivilDay } from './civil-day.js';
export type { ScenarioItem } from './catalogue.js';
export type { OrderBody, OrderLineBody, ChargeBody } from './order-body.js';
export type { ScenarioOrder, ShipNodeType } from './orders.js';
export {
  writePolicy,
  type Planted,
  type PlantedLine,
  type PolicyCharge,
  type PolicyCondition,
  type PolicyFile,
  type PolicySeller,
  type PolicyTarget,
  type SellerAgreement,
} from './policy.js';
export type { ChartAccount, ScenarioLedger } from './seller-profiles.js';
