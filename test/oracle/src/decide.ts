import { magnitude } from './exact.js';
import type { Charge, Order, OrderLine } from './order.js';
import { matchRule, type ChargeRule, type RuleMatch, type SellerPolicy } from './policy.js';

export type LineClass = 'posted' | 'held' | 'excluded';
export type Outcome = { readonly lineClass: LineClass; readonly reason: string };

export type MatchedCharge = { readonly charge: Charge; readonly rule: ChargeRule };

export type Decision = Outcome & {
  /** Every charge with its rule, or null where some charge has none. */
  readonly matched: readonly MatchedCharge[] | null;
};

export type LineContext = {
  readonly order: Order;
  /** Civil date of the order in the seller's accounting zone. */
  readonly orderDate: string;
  readonly policy: SellerPolicy;
  readonly shipNodeType: string | null;
  /** The item's product type; null when Walmart's books do not know it. */
  readonly productType: string | null;
};

const held = (reason: string): Outcome => ({ lineClass: 'held', reason });
const excluded = (reason: string): Outcome => ({ lineClass: 'excluded', reason });

/** Decides one line by the ordered list of the truth log's page; the first reason that applies. */
export function decideLine(line: OrderLine, context: LineContext): Decision {
  const matches = line.charges.map((charge) => ({ charge, match: matchOf(charge, context) }));
  const matched = allMatched(matches);
  return { ...outcomeOf(line, context, matches), matched };
}

type ChargeMatch = { readonly charge: Charge; readonly match: RuleMatch };

function outcomeOf(
  line: OrderLine,
  context: LineContext,
  matches: readonly ChargeMatch[],
): Outcome {
  const { policy } = context;
  if (context.order.orderType === 'REPLACEMENT') return excluded('replacement-order');
  if (!onlyCurrency(line, policy.currency)) return held('currency-not-offered');
  if (context.orderDate < policy.goLiveDate) return excluded('before-go-live');
  const cancelled = cancelledOutcome(line);
  if (cancelled) return cancelled;
  if (line.quantity > ONE_UNIT) return held('quantity-above-one');
  if (line.refund) return held('refund-in-order-body');
  if (matches.some(({ match }) => match.kind === 'product-type-unknown')) {
    return held('product-type-unknown');
  }
  if (matches.some(({ match }) => match.kind === 'unmapped')) return held('unmapped-charge');
  return { lineClass: 'posted', reason: 'sale' };
}

const ONE_UNIT = 1_000_000n;

/** Whether every ordered unit is cancelled. */
export function isFullyCancelled(line: OrderLine): boolean {
  return line.cancelledUnits > 0n && line.otherUnits === 0n && line.cancelledUnits >= line.quantity;
}

function cancelledOutcome(line: OrderLine): Outcome | null {
  if (line.cancelledUnits === 0n) return null;
  const zero = line.charges.every(
    (charge) => charge.money.amount === 0n && charge.taxes.every((tax) => tax.amount === 0n),
  );
  return isFullyCancelled(line) && zero ? excluded('cancelled') : held('mixed-cancelled');
}

function onlyCurrency(line: OrderLine, currency: string): boolean {
  return line.charges.every(
    (charge) =>
      charge.money.currency === currency && charge.taxes.every((tax) => tax.currency === currency),
  );
}

function matchOf(charge: Charge, context: LineContext): RuleMatch {
  return matchRule(context.policy.charges, {
    chargeType: charge.chargeType,
    chargeName: charge.chargeName,
    productType: context.productType,
    shipNode: context.order.shipNode,
    shipNodeType: context.shipNodeType,
  });
}

function allMatched(matches: readonly ChargeMatch[]): readonly MatchedCharge[] | null {
  const matched: MatchedCharge[] = [];
  for (const { charge, match } of matches) {
    if (match.kind !== 'rule') return null;
    matched.push({ charge, rule: match.rule });
  }
  return matched;
}

/** The amount a rule books for a charge: as reported, or taken away whatever its sign. */
export function bookedAmount({ charge, rule }: MatchedCharge): bigint {
  return rule.subtract ? -magnitude(charge.money.amount) : charge.money.amount;
}
