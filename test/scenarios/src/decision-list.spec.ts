import { describe, expect, it } from '@jest/globals';
import { civilDateIn } from '@mlc/kernel';
import type { ChargeBody, OrderLineBody } from './order-body.js';
import type { ScenarioOrder } from './orders.js';
import type { PolicyCharge, PolicySeller } from './policy.js';
import { generateScenario, type ScenarioSeller } from './scenario.js';

const NOW = Date.parse('2026-11-24T15:30:00Z');

/** The decision list of the truth-log page, said a second time and apart from the generator. */
function decide(
  policy: PolicySeller,
  typeOf: ReadonlyMap<string, string>,
  from: ScenarioOrder,
  line: OrderLineBody,
): string {
  const { order } = from;
  if (order.orderType === 'REPLACEMENT') return 'replacement-order';
  const charges = line.charges.charge;
  const amounts = charges.flatMap(({ chargeAmount, tax }) => [
    chargeAmount,
    ...(tax ? [tax.taxAmount] : []),
  ]);
  if (amounts.some(({ currency }) => currency !== policy.currency)) return 'currency-not-offered';
  if (civilDateIn(policy.accountingZone, order.orderDate) < policy.goLiveDate) {
    return 'before-go-live';
  }
  const statuses = line.orderLineStatuses.orderLineStatus.map(({ status }) => status);
  if (statuses.includes('Cancelled')) {
    const all = statuses.every((status) => status === 'Cancelled');
    const zero = amounts.every(({ amount }) => amount === 0);
    return all && zero ? 'cancelled' : 'mixed-cancelled';
  }
  if (line.orderLineQuantity.amount !== '1') return 'quantity-above-one';
  if (line.refund) return 'refund-in-order-body';
  const productType = typeOf.get(line.item.sku);
  const facts = { productType, shipNode: order.shipNode?.id, shipNodeType: from.shipNodeType };
  const results = charges.map((charge) => firstMatch(policy.charges, charge, facts));
  if (results.includes('needs-type')) return 'product-type-unknown';
  return results.includes('none') ? 'unmapped-charge' : 'posted';
}

type Facts = Readonly<Record<'productType' | 'shipNode' | 'shipNodeType', string | undefined>>;

function firstMatch(rules: readonly PolicyCharge[], charge: ChargeBody, facts: Facts): string {
  const { chargeType, chargeName } = charge;
  for (const { when } of rules) {
    const isOf = (wanted: string | readonly string[] | undefined, got: string | undefined) =>
      wanted === undefined || (got !== undefined && [wanted].flat().includes(got));
    const others =
      isOf(when.chargeType, chargeType) &&
      isOf(when.chargeName, chargeName) &&
      isOf(when.shipNode, facts.shipNode) &&
      isOf(when.shipNodeType, facts.shipNodeType);
    if (!others) continue;
    if (when.productType !== undefined && facts.productType === undefined) return 'needs-type';
    if (isOf(when.productType, facts.productType)) return 'match';
  }
  return 'none';
}

function plantedOf(seller: ScenarioSeller): Map<string, string> {
  const { held, excluded } = seller.planted;
  return new Map(
    [...held, ...excluded].map((line) => [
      `${line.purchaseOrderId}/${line.lineNumber}`,
      line.reason,
    ]),
  );
}

describe('planted lines', () => {
  const scenario = generateScenario({
    seed: 7,
    sellers: 3,
    linesPerSeller: 1500,
    now: NOW,
    includePublishedSamples: true,
  });

  it.each([0, 1, 2])('are what the decision list gives, seller %i', (at) => {
    const seller = scenario.sellers[at];
    const policy = scenario.policy.sellers[at];
    if (!seller || !policy) throw new Error('no such seller');
    const typeOf = new Map(seller.items.map(({ sku, productType }) => [sku, productType]));
    const decided = new Map<string, string>();
    let lines = 0;
    for (const order of [...seller.orderBatches()].flat()) {
      for (const line of order.order.orderLines.orderLine) {
        lines += 1;
        const decision = decide(policy, typeOf, order, line);
        const key = `${order.order.purchaseOrderId}/${line.lineNumber}`;
        if (decision !== 'posted') decided.set(key, decision);
      }
    }
    expect(decided).toEqual(plantedOf(seller));
    expect(lines).toBe(seller.counts.lines);
    expect(seller.counts.posted + decided.size).toBe(lines);
  });

  it.each([0, 1, 2])('hold every reason at least once, seller %i', (at) => {
    const reasons = new Set(plantedOf(scenario.sellers[at] as ScenarioSeller).values());
    expect([...reasons].sort()).toEqual([
      'before-go-live',
      'cancelled',
      'mixed-cancelled',
      'product-type-unknown',
      'quantity-above-one',
      'refund-in-order-body',
      'replacement-order',
      'unmapped-charge',
    ]);
  });

  it('name only accounts that are open in the seller’s chart', () => {
    for (const [at, seller] of scenario.sellers.entries()) {
      const open = seller.ledger.chart.filter(({ active, restricted }) => active && !restricted);
      const accounts = new Set(open.map(({ account }) => account));
      const policy = scenario.policy.sellers[at] as PolicySeller;
      const used = policy.charges.flatMap((rule) => ('post' in rule ? [rule.post.account] : []));
      expect(
        [...used, policy.clearing.account].filter((account) => !accounts.has(account)),
      ).toEqual([]);
      expect(seller.ledger.chart.length - open.length).toBe(2);
    }
  });
});
