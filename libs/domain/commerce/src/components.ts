import type { ChargeFacts } from './order-facts.js';

/** The parts a line's position is kept in (B1). */
export type Component = 'product' | 'shipping' | 'discount' | 'fee' | 'tax' | 'clearing';

/** Which part of a sale a charge is. Discounts are told by name: their type is that of what they reduce. */
export function componentOf(charge: ChargeFacts): Component {
  if (/discount/i.test(charge.chargeName)) return 'discount';
  if (charge.chargeType === 'PRODUCT') return 'product';
  if (charge.chargeType === 'SHIPPING') return 'shipping';
  return 'fee';
}
