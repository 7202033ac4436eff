import { addDays, sha256Hex, type CivilDate } from '@mlc/kernel';
import { PRODUCT_TYPES, type ProductType } from './catalogue.js';
import type { PolicyCharge, PolicyTarget, SellerAgreement } from './policy.js';

export interface ChartAccount {
  readonly account: string;
  readonly description: string;
  readonly active: boolean;
  readonly restricted: boolean;
}

/** The CloudSuite a seller posts to, and a client for it. All of it is made up. */
export interface ScenarioLedger {
  readonly tenant: string;
  readonly region: 'us' | 'eu1';
  readonly enterpriseGroup: string;
  readonly accountingEntity: string;
  readonly currency: 'USD';
  readonly chart: readonly ChartAccount[];
  readonly credentials: {
    readonly ci: string;
    readonly cs: string;
    readonly saak: string;
    readonly sask: string;
  };
}

export interface ShipNode {
  readonly id: string;
  readonly name: string;
}

interface Profile {
  readonly name: string;
  readonly zone: string;
  readonly tenant: string;
  readonly region: 'us' | 'eu1';
  readonly enterpriseGroup: string;
  readonly accountingEntity: string;
  readonly clearing: PolicyTarget;
  readonly shipping: PolicyTarget;
  readonly discounts: PolicyTarget;
  /** Revenue account by product type; accounting unit and dimensions are the profile's. */
  readonly revenue: Readonly<Record<ProductType, string>>;
  readonly revenueUnit: string;
  readonly revenueDimensions: Readonly<Record<string, string>>;
  /** Ship nodes that have a value of dimension 1 of their own. */
  readonly nodeDimension?: Readonly<Record<string, string>>;
  /** Charge names the seller does not count as its own. */
  readonly notOurs: readonly string[];
  readonly shipNodes: readonly ShipNode[];
}

function byType(accounts: readonly string[]): Record<ProductType, string> {
  return Object.fromEntries(
    PRODUCT_TYPES.map((type, at) => [type, accounts[at % accounts.length] ?? '']),
  ) as Record<ProductType, string>;
}

const ORCHARD: Profile = {
  name: 'Orchard Goods',
  zone: 'America/Los_Angeles',
  tenant: 'ORCHARD_TST',
  region: 'us',
  enterpriseGroup: '1',
  accountingEntity: '100',
  clearing: { account: '11500', accountingUnit: '1000', dimensions: {} },
  shipping: { account: '40900', accountingUnit: '1000', dimensions: {} },
  discounts: { account: '40990', accountingUnit: '1000', dimensions: {} },
  revenue: byType(['40100', '40200', '40300', '40400']),
  revenueUnit: '1000',
  revenueDimensions: { '1': 'ONLINE' },
  nodeDimension: { 'node-oakland': 'WEST', 'node-newark': 'EAST' },
  notOurs: [],
  shipNodes: [
    { id: 'node-oakland', name: 'Oakland Dock' },
    { id: 'node-newark', name: 'Newark Dock' },
    { id: 'node-omaha', name: 'Omaha Dock' },
  ],
};

const FJORD: Profile = {
  name: 'Fjord Outfitters',
  zone: 'America/New_York',
  tenant: 'FJORD_TST',
  region: 'eu1',
  enterpriseGroup: '20',
  accountingEntity: '2000',
  clearing: { account: '12750', accountingUnit: '200', dimensions: { '2': 'WMT' } },
  shipping: { account: '43000', accountingUnit: '210', dimensions: { '2': 'WMT' } },
  discounts: { account: '44000', accountingUnit: '210', dimensions: { '2': 'WMT' } },
  revenue: byType(['41010', '41020', '42010']),
  revenueUnit: '210',
  revenueDimensions: { '2': 'WMT', '3': 'RETAIL' },
  notOurs: ['GiftWrap'],
  shipNodes: [
    { id: '7300551', name: 'Hudson Hall' },
    { id: '7300552', name: 'Erie Hall' },
  ],
};

const FURTHER_ZONES = [
  'America/Chicago',
  'Pacific/Honolulu',
  'America/Denver',
  'America/Phoenix',
  'America/Anchorage',
  'America/Puerto_Rico',
] as const;

/** Two sellers drawn by hand, further ones by number. */
export function profileOf(at: number): Profile {
  if (at === 0) return ORCHARD;
  if (at === 1) return FJORD;
  const unit = String(3000 + at * 10);
  return {
    ...(at % 2 === 0 ? ORCHARD : FJORD),
    name: `Harbour Trading ${at + 1}`,
    zone: FURTHER_ZONES[(at - 2) % FURTHER_ZONES.length] ?? 'America/Chicago',
    tenant: `HARBOUR${at + 1}_TST`,
    region: at % 2 === 0 ? 'us' : 'eu1',
    enterpriseGroup: String(at + 1),
    accountingEntity: String(100 + at),
    clearing: { account: '11900', accountingUnit: unit, dimensions: {} },
    revenue: byType(['45100', '45200', '45300', '45400', '45500']),
    revenueUnit: unit,
  };
}

export function ledgerOf(profile: Profile, seed: string): ScenarioLedger {
  const secret = (part: string): string => sha256Hex(`${seed}/${profile.tenant}/${part}`);
  return {
    tenant: profile.tenant,
    region: profile.region,
    enterpriseGroup: profile.enterpriseGroup,
    accountingEntity: profile.accountingEntity,
    currency: 'USD',
    chart: chartOf(profile),
    credentials: {
      ci: `${profile.tenant}~${secret('ci').slice(0, 22)}`,
      cs: secret('cs'),
      saak: `${profile.tenant}#${secret('saak').slice(0, 32)}`,
      sask: secret('sask'),
    },
  };
}

function chartOf(profile: Profile): ChartAccount[] {
  const open = (account: string, description: string): ChartAccount => ({
    account,
    description,
    active: true,
    restricted: false,
  });
  const revenue = new Map<string, string[]>();
  for (const type of PRODUCT_TYPES) {
    const account = profile.revenue[type];
    revenue.set(account, [...(revenue.get(account) ?? []), type]);
  }
  return [
    open(profile.clearing.account, 'Walmart clearing'),
    ...[...revenue].map(([account, types]) => open(account, `Sales ${types.join(', ')}`)),
    open(profile.shipping.account, 'Shipping income'),
    open(profile.discounts.account, 'Subscription discounts'),
    open('60100', 'Marketplace commission'),
    { account: '40199', description: 'Sales, closed shop', active: false, restricted: false },
    { account: '39000', description: 'Retained earnings', active: true, restricted: true },
  ];
}

/** The seller's rules, first match first. */
export function agreementOf(
  profile: Profile,
  walmartSellerId: string,
  goLiveDate: CivilDate,
): SellerAgreement {
  return {
    walmartSellerId,
    market: 'US',
    tenant: profile.tenant,
    enterpriseGroup: profile.enterpriseGroup,
    accountingEntity: profile.accountingEntity,
    currency: 'USD',
    accountingZone: profile.zone,
    goLiveDate,
    recognition: 'placed',
    tax: 'excluded',
    clearing: profile.clearing,
    charges: [
      ...profile.notOurs.map((chargeName) => ({ when: { chargeName }, exclude: 'not-ours' })),
      {
        when: { chargeType: 'PRODUCT', chargeName: 'SubscriptionDiscount' },
        sign: 'subtract' as const,
        post: profile.discounts,
      },
      ...revenueCharges(profile),
      { when: { chargeType: 'SHIPPING', chargeName: 'Shipping' }, post: profile.shipping },
    ],
  };
}

function revenueCharges(profile: Profile): PolicyCharge[] {
  const accounts = [...new Set(Object.values(profile.revenue))];
  return accounts.flatMap((account): PolicyCharge[] => {
    const productType = PRODUCT_TYPES.filter((type) => profile.revenue[type] === account);
    const when = { chargeType: 'PRODUCT', chargeName: 'ItemPrice', productType };
    const post = { account, accountingUnit: profile.revenueUnit };
    const nodes = Object.entries(profile.nodeDimension ?? {});
    return [
      ...nodes.map(([shipNode, code]) => ({
        when: { ...when, shipNode: [shipNode] },
        post: { ...post, dimensions: { ...profile.revenueDimensions, '1': code } },
      })),
      { when, post: { ...post, dimensions: profile.revenueDimensions } },
    ];
  });
}

/** Go-live lies a few days before the day of the sales. */
export const GO_LIVE_DAYS_BEFORE = 5;

export function goLiveBefore(saleDate: CivilDate): CivilDate {
  return addDays(saleDate, -GO_LIVE_DAYS_BEFORE);
}

export type { Profile };
