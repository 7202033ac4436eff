import type { CodeBlock } from '@mlc/accounting';
import type { LineFacts, OrderFacts } from '@mlc/commerce';
import type { CivilDate } from '@mlc/kernel';

type OneOrMore = string | readonly string[];

/** All present conditions must hold; a list matches any of its members. */
export interface RuleWhen {
  readonly chargeType?: OneOrMore | undefined;
  readonly chargeName?: OneOrMore | undefined;
  readonly productType?: OneOrMore | undefined;
  readonly shipNode?: OneOrMore | undefined;
  readonly shipNodeType?: OneOrMore | undefined;
}

export type Rule =
  | {
      readonly when: RuleWhen;
      readonly post: CodeBlock;
      /** `subtract` books −|amount|. */
      readonly sign?: 'as-reported' | 'subtract' | undefined;
    }
  | { readonly when: RuleWhen; readonly exclude: string };

/** An immutable version of a seller's rules; a published rule set fits as it is. */
export interface RuleSet {
  readonly version: number;
  /** In force for recognition dates from this one on (B4). */
  readonly fromDate: CivilDate;
  readonly clearing: CodeBlock;
  readonly tax:
    { readonly policy: 'excluded' } | { readonly policy: 'clearing'; readonly post: CodeBlock };
  readonly rules: readonly Rule[];
}

/** What rules may ask besides the charge itself; pinned with what was booked (B3). */
export interface Attributes {
  readonly productType: string | null;
  readonly shipNode: string | null;
  readonly shipNodeType: string;
}

export function attributesOf(order: OrderFacts, line: LineFacts): Attributes {
  return {
    productType: line.productType,
    shipNode: order.shipNodeId,
    shipNodeType: order.shipNodeType,
  };
}

/** B4: the newest version whose from-date covers the date. */
export function ruleSetFor(ruleSets: readonly RuleSet[], date: CivilDate): RuleSet | null {
  let found: RuleSet | null = null;
  for (const ruleSet of ruleSets) {
    if (ruleSet.fromDate <= date && (!found || ruleSet.version > found.version)) found = ruleSet;
  }
  return found;
}
