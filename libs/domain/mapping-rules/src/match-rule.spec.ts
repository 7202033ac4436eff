import { describe, expect, it } from '@jest/globals';
import { type Attributes, matchRule, type Rule, type RuleSet, ruleSetFor } from './index.js';

const post = (account: string) => ({ account, accountingUnit: '1000', dimensions: {} });
const shirt: Attributes = {
  productType: 'T-Shirts',
  shipNode: 'east',
  shipNodeType: 'SellerFulfilled',
};
const price = { chargeType: 'PRODUCT', chargeName: 'ItemPrice' };
const rules: Rule[] = [
  { when: { chargeName: ['GiftWrap', 'Donation'] }, exclude: 'not-ours' },
  {
    when: { chargeType: 'PRODUCT', productType: 'T-Shirts', shipNode: 'east' },
    post: post('40100'),
  },
  { when: { chargeType: 'PRODUCT', productType: ['T-Shirts', 'Caps'] }, post: post('40200') },
  { when: { chargeName: 'SubscriptionDiscount' }, post: post('40990'), sign: 'subtract' },
  { when: { chargeType: 'PRODUCT', shipNodeType: 'WFSFulfilled' }, post: post('40300') },
];

describe('rules', () => {
  it('lets the first match win and says which it was', () => {
    expect(matchRule(rules, price, shirt)).toMatchObject({ kind: 'post', rule: 2 });
    expect(matchRule(rules, price, { ...shirt, shipNode: null })).toMatchObject({ rule: 3 });
    expect(matchRule(rules, { ...price, chargeName: 'Donation' }, shirt)).toEqual({
      kind: 'exclude',
      rule: 1,
      reason: 'not-ours',
    });
  });

  it('needs all conditions, and no match is no guess', () => {
    const shoes = { ...shirt, productType: 'Shoes' };
    expect(matchRule(rules, price, shoes)).toEqual({ kind: 'none' });
    expect(matchRule(rules, price, { ...shoes, shipNodeType: 'WFSFulfilled' })).toMatchObject({
      rule: 5,
    });
    expect(matchRule(rules, { chargeType: 'SHIPPING', chargeName: 'Shipping' }, shirt)).toEqual({
      kind: 'none',
    });
  });

  it('asks for the product type only when a rule that would match needs it', () => {
    const unknown = { ...shirt, productType: null };
    expect(matchRule(rules, price, unknown)).toEqual({ kind: 'product-type-needed', rule: 2 });
    expect(
      matchRule(rules, { chargeType: 'FEE', chargeName: 'SubscriptionDiscount' }, unknown),
    ).toMatchObject({ kind: 'post', rule: 4, subtract: true });
  });

  it('has the newest version in force whose from-date covers the date (B4)', () => {
    const version = (number: number, fromDate: string): RuleSet => ({
      version: number,
      fromDate,
      clearing: post('11500'),
      tax: { policy: 'excluded' },
      rules,
    });
    const all = [version(3, '2026-11-10'), version(1, '2026-01-01'), version(2, '2026-06-01')];
    expect(ruleSetFor(all, '2026-11-10')?.version).toBe(3);
    expect(ruleSetFor(all, '2026-11-09')?.version).toBe(2);
    expect(ruleSetFor([version(4, '2026-02-01'), ...all], '2026-11-30')?.version).toBe(4);
    expect(ruleSetFor(all, '2025-12-31')).toBeNull();
  });
});
