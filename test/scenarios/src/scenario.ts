import { sha256Hex, type CivilDate, type EpochMs } from '@mlc/kernel';
import { catalogueOf, retiredItems, type ScenarioItem } from './catalogue.js';
import { yesterdayIn, type CivilDay } from './civil-day.js';
import { plannedOrders, type PlannedOrder, type ScenarioOrder } from './orders.js';
import { publishedOrders, type PublishedOrders } from './published.js';
import type { Planted, PlantedLine, PolicyFile, SellerAgreement } from './policy.js';
import type { ExcludedReason, HeldReason } from './policy.js';
import { randomOf } from './random.js';
import {
  agreementOf,
  goLiveBefore,
  ledgerOf,
  profileOf,
  type Profile,
  type ScenarioLedger,
} from './seller-profiles.js';

export interface ScenarioOptions {
  readonly seed: string | number;
  readonly sellers: number;
  readonly linesPerSeller: number;
  readonly now: EpochMs;
  /** Gives the orders of Walmart's published samples to the first seller, on top of its lines. */
  readonly includePublishedSamples: boolean;
}

export interface ScenarioSeller {
  readonly walmartSellerId: string;
  readonly name: string;
  readonly market: 'US';
  readonly clientId: string;
  readonly clientSecret: string;
  readonly partnerId: string;
  readonly accountingZone: string;
  readonly goLiveDate: CivilDate;
  /** Yesterday in the accounting zone: the day the orders fall on. */
  readonly saleDate: CivilDate;
  readonly ledger: ScenarioLedger;
  /** The ledger keys and rules agreed with the accountant, for onboarding. */
  readonly onboarding: SellerAgreement;
  readonly items: readonly ScenarioItem[];
  readonly planted: Planted;
  readonly counts: ScenarioCounts;
  /** All orders, made anew (and the same) each time, at most {@link BATCH_ORDERS} at once. */
  orderBatches(): Iterable<readonly ScenarioOrder[]>;
}

export interface ScenarioCounts {
  readonly orders: number;
  readonly lines: number;
  readonly posted: number;
  readonly held: number;
  readonly excluded: number;
}

export interface Scenario {
  readonly seed: string;
  readonly now: EpochMs;
  readonly sellers: readonly ScenarioSeller[];
  readonly policy: PolicyFile;
}

export const BATCH_ORDERS = 500;
const FIRST_SELLER_NUMBER = 10_001;
const LIMITS = { sellers: 200, linesPerSeller: 1_000_000 } as const;

/** Orders of yesterday for each seller, and the policy that says what shall become of every line. */
export function generateScenario(options: ScenarioOptions): Scenario {
  const { sellers: count, linesPerSeller, now } = options;
  if (!Number.isInteger(count) || count < 1 || count > LIMITS.sellers) {
    throw new RangeError(`sellers is ${count}: 1 to ${LIMITS.sellers}`);
  }
  if (
    !Number.isInteger(linesPerSeller) ||
    linesPerSeller < 1 ||
    linesPerSeller > LIMITS.linesPerSeller
  ) {
    throw new RangeError(`linesPerSeller is ${linesPerSeller}: 1 to ${LIMITS.linesPerSeller}`);
  }
  const seed = String(options.seed);
  const published = options.includePublishedSamples ? publishedOrders() : undefined;
  const sellers = Array.from({ length: count }, (_, at) =>
    sellerOf({ seed, at, now, lines: linesPerSeller, published: at === 0 ? published : undefined }),
  );
  const policySellers = sellers.map(({ onboarding, planted }) => ({ ...onboarding, planted }));
  return { seed, now, sellers, policy: { version: 1, sellers: policySellers } };
}

interface SellerSeed {
  readonly seed: string;
  readonly at: number;
  readonly now: EpochMs;
  readonly lines: number;
  readonly published: PublishedOrders | undefined;
}

function sellerOf(from: SellerSeed): ScenarioSeller {
  const { seed, at, now, published } = from;
  const profile = profileOf(at);
  const walmartSellerId = String(FIRST_SELLER_NUMBER + at);
  const day = yesterdayIn(profile.zone, now);
  const goLiveDate = goLiveBefore(day.date);
  const random = randomOf(`${seed}/${walmartSellerId}/catalogue`);
  const catalogue = catalogueOf(random);
  const retired = retiredItems(random);
  const orders = (): Iterable<PlannedOrder> =>
    allOrders(from, { profile, day, catalogue, retired });
  const { planted, counts } = account(orders());
  return {
    walmartSellerId,
    name: profile.name,
    market: 'US',
    clientId: `client-${sha256Hex(`${seed}/${walmartSellerId}/client`).slice(0, 24)}`,
    clientSecret: sha256Hex(`${seed}/${walmartSellerId}/client-secret`),
    partnerId: String(100_000 + FIRST_SELLER_NUMBER + at),
    accountingZone: profile.zone,
    goLiveDate,
    saleDate: day.date,
    ledger: ledgerOf(profile, seed),
    onboarding: agreementOf(profile, walmartSellerId, goLiveDate),
    items: [...catalogue.map(({ item }) => item), ...(published?.items ?? [])],
    planted,
    counts,
    orderBatches: () => batches(orders()),
  };
}

interface SellerGoods {
  readonly profile: Profile;
  readonly day: CivilDay;
  readonly catalogue: ReturnType<typeof catalogueOf>;
  readonly retired: ReturnType<typeof retiredItems>;
}

function* allOrders(from: SellerSeed, goods: SellerGoods): Generator<PlannedOrder> {
  const { seed, at, now, lines, published } = from;
  if (published) yield* published.on(goods.day, now);
  yield* plannedOrders({
    key: `${seed}/${at}/orders`,
    sellerAt: at,
    lines,
    now,
    day: goods.day,
    catalogue: goods.catalogue,
    retired: goods.retired,
    shipNodes: goods.profile.shipNodes,
    notOurs: goods.profile.notOurs,
    taken: published?.ids ?? new Set(),
  });
}

function account(orders: Iterable<PlannedOrder>): { planted: Planted; counts: ScenarioCounts } {
  const held: PlantedLine<HeldReason>[] = [];
  const excluded: PlantedLine<ExcludedReason>[] = [];
  let orderCount = 0;
  let posted = 0;
  for (const { order, decisions } of orders) {
    orderCount += 1;
    const { purchaseOrderId } = order.order;
    order.order.orderLines.orderLine.forEach(({ lineNumber }, at) => {
      const decision = decisions[at] ?? 'posted';
      if (decision === 'posted') posted += 1;
      else if ('held' in decision)
        held.push({ purchaseOrderId, lineNumber, reason: decision.held });
      else excluded.push({ purchaseOrderId, lineNumber, reason: decision.excluded });
    });
  }
  const lines = posted + held.length + excluded.length;
  return {
    planted: { held, excluded },
    counts: { orders: orderCount, lines, posted, held: held.length, excluded: excluded.length },
  };
}

function* batches(orders: Iterable<PlannedOrder>): Generator<ScenarioOrder[]> {
  let batch: ScenarioOrder[] = [];
  for (const { order } of orders) {
    batch.push(order);
    if (batch.length < BATCH_ORDERS) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
