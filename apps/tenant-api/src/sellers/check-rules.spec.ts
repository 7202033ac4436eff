import { describe, expect, it } from '@jest/globals';
import { accountsOf, checkRules, type NewRuleSet } from './check-rules.js';

const block = (account: string) => ({ account, accountingUnit: '', dimensions: {} });
type Rules = NewRuleSet['rules'];

describe('rules that can never match', () => {
  it('are named by their place', () => {
    const rules: Rules = [
      { when: { chargeType: 'PRODUCT', shipNode: ['B', 'A'] }, post: block('40000') },
      { when: { shipNode: ['A', 'B', 'A'], chargeType: ['PRODUCT'] }, post: block('41000') },
      { when: {}, exclude: 'not-ours' },
      { when: { chargeType: 'SHIPPING' }, post: block('42000') },
      { when: {}, post: block('49000') },
    ];
    expect(checkRules({ rules }).map(({ path, message }) => [path, message])).toEqual([
      ['rules.1.when', expect.stringContaining('rule 0')],
      ['rules.3.when', expect.stringContaining('rule 2 has no conditions')],
      ['rules.4.when', expect.stringContaining('the same conditions as rule 2')],
    ]);
  });

  it('are none where conditions differ and the catch-all is last', () => {
    const rules: Rules = [
      { when: { chargeType: 'PRODUCT', productType: 'LAMP' }, post: block('40000') },
      { when: { chargeType: 'PRODUCT' }, post: block('41000') },
      { when: {}, exclude: 'rest' },
    ];
    expect(checkRules({ rules })).toEqual([]);
  });
});

describe('accounts of a rule set', () => {
  it('are clearing, tax and every posting, once each', () => {
    expect(
      accountsOf({
        clearing: block('12000'),
        tax: { policy: 'clearing', post: block('22000') },
        rules: [
          { when: { chargeType: 'PRODUCT' }, post: block('40000') },
          { when: { chargeType: 'SHIPPING' }, post: block('12000') },
          { when: {}, exclude: 'rest' },
        ],
      }),
    ).toEqual(['12000', '22000', '40000']);
  });
});
