import type { CodeBlock } from '@mlc/accounting';
import type { ChargeFacts } from '@mlc/commerce';
import type { Attributes, Rule, RuleWhen } from './rule-set.js';

/** What the rules say of one charge, and which of them (counted from 1) said it. */
export type RuleMatch =
  | {
      readonly kind: 'post';
      readonly rule: number;
      readonly block: CodeBlock;
      readonly subtract: boolean;
    }
  | { readonly kind: 'exclude'; readonly rule: number; readonly reason: string }
  /** A rule that would match asks for a product type nobody knows yet. */
  | { readonly kind: 'product-type-needed'; readonly rule: number }
  | { readonly kind: 'none' };

/** First match wins. */
export function matchRule(
  rules: readonly Rule[],
  charge: Pick<ChargeFacts, 'chargeType' | 'chargeName'>,
  attributes: Attributes,
): RuleMatch {
  for (const [at, rule] of rules.entries()) {
    if (!matchesKnown(rule.when, charge, attributes)) continue;
    if (rule.when.productType !== undefined) {
      if (attributes.productType === null) return { kind: 'product-type-needed', rule: at + 1 };
      if (!isOneOf(rule.when.productType, attributes.productType)) continue;
    }
    if ('exclude' in rule) return { kind: 'exclude', rule: at + 1, reason: rule.exclude };
    return { kind: 'post', rule: at + 1, block: rule.post, subtract: rule.sign === 'subtract' };
  }
  return { kind: 'none' };
}

function matchesKnown(
  when: RuleWhen,
  charge: Pick<ChargeFacts, 'chargeType' | 'chargeName'>,
  attributes: Attributes,
): boolean {
  return (
    isOneOf(when.chargeType, charge.chargeType) &&
    isOneOf(when.chargeName, charge.chargeName) &&
    isOneOf(when.shipNode, attributes.shipNode) &&
    isOneOf(when.shipNodeType, attributes.shipNodeType)
  );
}

/** No condition matches everything; an unknown value matches no condition. */
function isOneOf(condition: string | readonly string[] | undefined, value: string | null): boolean {
  if (condition === undefined) return true;
  if (value === null) return false;
  return typeof condition === 'string' ? condition === value : condition.includes(value);
}
