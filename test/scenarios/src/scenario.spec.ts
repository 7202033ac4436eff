import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { civilDateIn, sha256Hex } from '@mlc/kernel';
import { writePolicy } from './policy.js';
import { generateScenario, type ScenarioOptions, type ScenarioSeller } from './scenario.js';

const OPTIONS: ScenarioOptions = {
  seed: 'apples',
  sellers: 2,
  linesPerSeller: 300,
  now: Date.parse('2026-11-24T15:30:00Z'),
  includePublishedSamples: true,
};

function textOf(options: ScenarioOptions): string {
  const scenario = generateScenario(options);
  const orders = scenario.sellers.map((seller) => [...seller.orderBatches()]);
  return sha256Hex(JSON.stringify([scenario, orders]));
}

function ordersOf(seller: ScenarioSeller) {
  return [...seller.orderBatches()].flat();
}

describe('a scenario', () => {
  it('is the same for the same seed and another for another', () => {
    expect(textOf(OPTIONS)).toBe(textOf({ ...OPTIONS }));
    expect(textOf({ ...OPTIONS, seed: 'pears' })).not.toBe(textOf(OPTIONS));
  });

  it('gives the same orders each time they are asked for', () => {
    const [seller] = generateScenario(OPTIONS).sellers as [ScenarioSeller];
    expect(ordersOf(seller)).toEqual(ordersOf(seller));
  });

  it('has at least the lines asked for, with no purchase order twice', () => {
    const scenario = generateScenario({ ...OPTIONS, sellers: 4 });
    const ids = scenario.sellers.flatMap((seller) =>
      ordersOf(seller).map(({ order }) => order.purchaseOrderId),
    );
    expect(new Set(ids).size).toBe(ids.length);
    for (const { counts } of scenario.sellers) expect(counts.lines).toBeGreaterThanOrEqual(300);
  });

  it('gives sellers their own tenants, zones and rules', () => {
    const { sellers } = generateScenario({ ...OPTIONS, sellers: 4 });
    for (const of of [
      (seller: ScenarioSeller) => seller.ledger.tenant,
      (seller: ScenarioSeller) => seller.accountingZone,
      (seller: ScenarioSeller) => JSON.stringify(seller.onboarding.charges),
      (seller: ScenarioSeller) => seller.clientId,
    ]) {
      expect(new Set(sellers.map(of)).size).toBe(4);
    }
    expect(sellers.slice(0, 2).map(({ ledger }) => ledger.region)).toEqual(['us', 'eu1']);
  });

  it('writes amounts of whole cents and quantities as texts', () => {
    const [seller] = generateScenario(OPTIONS).sellers as [ScenarioSeller];
    const text = JSON.stringify(ordersOf(seller));
    const amounts = [...text.matchAll(/"amount":(-?[\d.eE+-]+)/g)].map(
      ([, literal]) => literal ?? '',
    );
    expect(amounts.length).toBeGreaterThan(300);
    expect(amounts.filter((literal) => !/^-?\d+(\.\d{1,2})?$/.test(literal))).toEqual([]);
    expect(text).toMatch(/"orderLineQuantity":\{"unitOfMeasurement":"EACH","amount":"\d+"\}/);
  });

  it('writes the policy as a file that reads back', () => {
    const dir = mkdtempSync(join(tmpdir(), 'scenario-'));
    const { policy } = generateScenario(OPTIONS);
    const file = join(dir, 'deep', 'policy.json');
    writePolicy(policy, file);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(policy);
    rmSync(dir, { recursive: true });
  });
});

describe('the day of the sales', () => {
  // US clocks went forward on 2026-03-08 and back on 2026-11-01.
  it.each([
    '2026-03-09T17:00:00Z',
    '2026-11-02T17:00:00Z',
    '2026-11-24T05:10:00Z',
    '2027-01-01T12:00:00Z',
  ])(
    'is the civil yesterday of each zone at %s, from its first to its last millisecond',
    (instant) => {
      const now = Date.parse(instant);
      const scenario = generateScenario({ ...OPTIONS, sellers: 4, now });
      for (const seller of scenario.sellers) {
        const zone = seller.accountingZone;
        const old = new Set(
          seller.planted.excluded
            .filter(({ reason }) => reason === 'before-go-live')
            .map(({ purchaseOrderId }) => purchaseOrderId),
        );
        const orders = ordersOf(seller);
        const dates = orders
          .filter(({ order }) => !old.has(order.purchaseOrderId))
          .map(({ order }) => order.orderDate);
        const civil = new Set(dates.map((at) => civilDateIn(zone, at)));
        expect([...civil]).toEqual([seller.saleDate]);
        expect(seller.saleDate < civilDateIn(zone, now)).toBe(true);
        const first = Math.min(...dates);
        const last = Math.max(...dates);
        expect(civilDateIn(zone, first - 1) < seller.saleDate).toBe(true);
        expect(civilDateIn(zone, last + 1) > seller.saleDate).toBe(true);
        expect(
          orders.every(({ created, modified }) => created <= modified && modified <= now),
        ).toBe(true);
      }
    },
  );

  it('is one that dating by UTC gets wrong for some orders', () => {
    const [seller] = generateScenario(OPTIONS).sellers as [ScenarioSeller];
    const wrong = ordersOf(seller).filter(
      ({ order }) => civilDateIn('UTC', order.orderDate) !== seller.saleDate,
    );
    expect(wrong.length).toBeGreaterThan(10);
  });

  it('keeps the order before go-live between 7 and 30 days old', () => {
    const { now } = OPTIONS;
    for (const seller of generateScenario(OPTIONS).sellers) {
      const old = ordersOf(seller).filter(
        ({ order }) => civilDateIn(seller.accountingZone, order.orderDate) < seller.goLiveDate,
      );
      expect(old).toHaveLength(1);
      const ageDays = (now - (old[0]?.created ?? 0)) / 86_400_000;
      expect(ageDays).toBeGreaterThan(7);
      expect(ageDays).toBeLessThan(30);
    }
  });
});

describe('the published samples', () => {
  it('keep ids, amounts and statuses, and belong to the first seller only', () => {
    const scenario = generateScenario(OPTIONS);
    const [first, second] = scenario.sellers as [ScenarioSeller, ScenarioSeller];
    const byId = new Map(ordersOf(first).map((order) => [order.order.purchaseOrderId, order]));
    const shipped = byId.get('1234567891234')?.order.orderLines.orderLine[0];
    expect(shipped?.charges.charge[0]?.chargeAmount.amount).toBe(555);
    expect(shipped?.charges.charge[0]?.tax?.taxAmount.amount).toBe(48.56);
    const acknowledged = byId.get('1796277083022');
    expect(acknowledged?.shipNodeType).toBe('3PLFulfilled');
    expect(
      acknowledged?.order.orderLines.orderLine[0]?.orderLineStatuses.orderLineStatus[0]?.status,
    ).toBe('Acknowledged');
    expect(byId.get('2792360062965')?.order.orderLines.orderLine[0]?.item.sku).toBe('TEST-02');
    expect(ordersOf(second).some(({ order }) => byId.has(order.purchaseOrderId))).toBe(false);
  });

  it('are left out when not asked for', () => {
    const scenario = generateScenario({ ...OPTIONS, includePublishedSamples: false });
    const ids = scenario.sellers.flatMap((seller) =>
      ordersOf(seller).map(({ order }) => order.purchaseOrderId),
    );
    expect(ids).not.toContain('1234567891234');
  });
});
