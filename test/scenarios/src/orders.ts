import type { EpochMs } from '@mlc/kernel';
import type { PricedItem } from './catalogue.js';
import type { CivilDay } from './civil-day.js';
import { buildLine, type LineKind } from './order-lines.js';
import type { OrderBody, OrderLineBody } from './order-body.js';
import { GO_LIVE_DAYS_BEFORE, type ShipNode } from './seller-profiles.js';
import type { ExcludedReason, HeldReason } from './policy.js';
import { randomOf, type Random } from './random.js';

export type ShipNodeType = 'SellerFulfilled' | 'WFSFulfilled' | '3PLFulfilled';

/** One order as the simulator's control API takes it. */
export interface ScenarioOrder {
  readonly shipNodeType: ShipNodeType;
  readonly created: EpochMs;
  readonly modified: EpochMs;
  readonly order: OrderBody;
  /** How lists show it differently from the single-order answer. */
  readonly list?: { readonly orderDate?: EpochMs; readonly shipNode?: 'absent' | 'empty' };
}

export type Decision =
  { readonly held: HeldReason } | { readonly excluded: ExcludedReason } | 'posted';

/** An order with what its lines were made to be, line by line. */
export interface PlannedOrder {
  readonly order: ScenarioOrder;
  readonly decisions: readonly Decision[];
}

export interface OrderPlan {
  readonly key: string;
  readonly sellerAt: number;
  readonly lines: number;
  readonly day: CivilDay;
  readonly now: EpochMs;
  readonly catalogue: readonly PricedItem[];
  readonly retired: readonly PricedItem[];
  readonly shipNodes: readonly ShipNode[];
  readonly notOurs: readonly string[];
  /** Purchase orders that are taken. */
  readonly taken: ReadonlySet<string>;
}

type OrderKind = 'replacement' | 'before-go-live' | LineKind;

const DAY_MS = 86_400_000;
/** How often each thing that is not a plain sale is planted, for every thousand lines (once at least). */
const PLANTED_PER_THOUSAND: Readonly<
  Record<Exclude<OrderKind, 'sale' | 'before-go-live'>, number>
> = {
  replacement: 3,
  cancelled: 6,
  'mixed-cancelled': 2,
  'cancelled-with-amounts': 1,
  'quantity-above-one': 4,
  refund: 2,
  'unmapped-charge': 2,
  retired: 3,
};

function plantedKinds(lines: number): OrderKind[] {
  const thousands = Math.max(1, Math.round(lines / 1000));
  const kinds = Object.entries(PLANTED_PER_THOUSAND).flatMap(([kind, times]) =>
    Array.from({ length: times * thousands }, () => kind as OrderKind),
  );
  return ['before-go-live', ...kinds];
}

/** Orders of one seller until `lines` order lines are there; the same plan gives the same orders. */
export function* plannedOrders(plan: OrderPlan): Generator<PlannedOrder> {
  const random = randomOf(plan.key);
  const numbering = numberingOf(random, plan);
  const planted = plantedKinds(plan.lines);
  let lines = 0;
  for (let at = 0; at < planted.length || lines < plan.lines; at += 1) {
    const planned = planOrder(plan, random, { at, kind: planted[at] ?? 'sale', ...numbering(at) });
    lines += planned.decisions.length;
    yield planned;
  }
}

interface OrderSeed {
  readonly at: number;
  readonly kind: OrderKind;
  readonly purchaseOrderId: string;
  readonly customerOrderId: string;
}

const NUMBERS = 1_000_000_000_000;
/** Prime and odd, so that a walk by it meets no number twice. */
const STRIDE = 104_729;

function numberingOf(
  random: Random,
  plan: OrderPlan,
): (at: number) => Pick<OrderSeed, 'purchaseOrderId' | 'customerOrderId'> {
  const start = random.between(0, 9_999_999_999) + plan.sellerAt * 50_000_000_000;
  let skipped = 0;
  return (at) => {
    for (;;) {
      const body = String((start + (at + skipped) * STRIDE) % NUMBERS).padStart(12, '0');
      const purchaseOrderId = `1${body}`;
      if (!plan.taken.has(purchaseOrderId)) return { purchaseOrderId, customerOrderId: `2${body}` };
      skipped += 1;
    }
  };
}

function planOrder(plan: OrderPlan, random: Random, seed: OrderSeed): PlannedOrder {
  const { kind } = seed;
  const created =
    kind === 'before-go-live' ? longBefore(plan, random) : momentOf(plan.day, seed.at, random);
  const modified = created + Math.floor(random.unit() * (plan.now - created));
  const shipNodeType = nodeTypeOf(random);
  const lineCount = kind === 'replacement' ? 1 : random.pick([1, 1, 1, 1, 1, 1, 2, 2, 3, 4]);
  const wholeOrder = kind === 'replacement' || kind === 'before-go-live';
  const built = distinct(plan.catalogue, lineCount, random).map((item, at) =>
    buildLine({
      kind: at === 0 && !wholeOrder ? kind : 'sale',
      lineNumber: String(at + 1),
      item,
      retired: random.pick(plan.retired),
      statusDate: modified,
      notOurs: plan.notOurs,
      random,
    }),
  );
  const order = bodyOf(plan, random, {
    ...seed,
    created,
    shipNodeType,
    lines: built.map(({ line }) => line),
  });
  const view = random.chance(5) ? { list: { shipNode: 'empty' as const } } : {};
  return {
    order: { shipNodeType, created, modified, order, ...view },
    decisions: built.map(({ decision }) => {
      if (kind === 'replacement') return { excluded: 'replacement-order' };
      return kind === 'before-go-live' ? { excluded: 'before-go-live' } : decision;
    }),
  };
}

/** Every hour of the day, its first and last millisecond, and many close to midnight. */
function momentOf(day: CivilDay, at: number, random: Random): EpochMs {
  if (at === 1) return day.first;
  if (at === 2) return day.last;
  const lengthMs = day.last - day.first;
  const share = random.unit();
  const near = random.unit();
  const offset = near < 0.06 ? share * 0.04 : near < 0.12 ? 1 - share * 0.04 : share;
  return day.first + Math.floor((offset * lengthMs) / 1000) * 1000;
}

/** Before the go-live date, yet young enough to be found by a first read of 30 days. */
function longBefore(plan: OrderPlan, random: Random): EpochMs {
  return plan.day.first - random.between(GO_LIVE_DAYS_BEFORE + 3, 20) * DAY_MS;
}

function nodeTypeOf(random: Random): ShipNodeType {
  const share = random.unit();
  if (share < 0.86) return 'SellerFulfilled';
  return share < 0.95 ? 'WFSFulfilled' : '3PLFulfilled';
}

/** A purchase order holds a SKU once. */
function distinct(from: readonly PricedItem[], count: number, random: Random): PricedItem[] {
  const chosen = new Set<PricedItem>();
  while (chosen.size < Math.min(count, from.length)) chosen.add(random.pick(from));
  return [...chosen];
}

const PEOPLE = [
  'Ada Lindqvist',
  'Bruno Marchetti',
  'Chiara Ødegård',
  'Dmitri Okoro',
  'Elif Tanaka',
  'Fionn O’Dale',
];
const STREETS = ['Alder Way', 'Birch Lane', 'Cedar Rise', 'Dogwood Court', 'Elm Terrace'];
const PLACES = [
  { city: 'Fresno', state: 'CA', postalCode: '93701' },
  { city: 'Tucson', state: 'AZ', postalCode: '85701' },
  { city: 'Albany', state: 'NY', postalCode: '12207' },
  { city: 'Savannah', state: 'GA', postalCode: '31401' },
  { city: 'Duluth', state: 'MN', postalCode: '55802' },
];

interface BodyParts extends OrderSeed {
  readonly created: EpochMs;
  readonly shipNodeType: ShipNodeType;
  readonly lines: readonly OrderLineBody[];
}

function bodyOf(plan: OrderPlan, random: Random, parts: BodyParts): OrderBody {
  const node =
    parts.shipNodeType === 'SellerFulfilled'
      ? random.pick(plan.shipNodes)
      : { id: `${parts.shipNodeType}-01`, name: 'Partner hall' };
  return {
    purchaseOrderId: parts.purchaseOrderId,
    customerOrderId: parts.customerOrderId,
    customerEmailId: `${parts.purchaseOrderId}@relay.example.com`,
    ...(parts.kind === 'replacement'
      ? {
          orderType: 'REPLACEMENT' as const,
          originalCustomerOrderID: `3${parts.purchaseOrderId.slice(1)}`,
        }
      : { orderType: 'REGULAR' as const }),
    orderDate: parts.created,
    shippingInfo: {
      phone: '5555550123',
      // Shipped orders may lack these two.
      ...(random.chance(85)
        ? {
            estimatedDeliveryDate: parts.created + 5 * DAY_MS,
            estimatedShipDate: parts.created + 2 * DAY_MS,
          }
        : {}),
      methodCode: random.pick(['Value', 'Standard', 'Expedited']),
      postalAddress: {
        name: random.pick(PEOPLE),
        address1: `${random.between(1, 999)} ${random.pick(STREETS)}`,
        ...random.pick(PLACES),
        country: 'USA',
        addressType: 'RESIDENTIAL',
      },
    },
    orderLines: { orderLine: parts.lines },
    shipNode: { type: parts.shipNodeType, ...node },
    ...(random.chance(20)
      ? { miscAttributes: { giftOrder: random.chance(50), batch: 'B-7' } }
      : {}),
  };
}
