import { type Preview, sellerEndpoints } from '@mlc/api';
import type { Scenario, ScenarioSeller } from '@mlc/scenarios';
import type { ApiLink } from './api-link.js';
import type { Installation } from './installation.js';

export interface OnboardedSeller {
  readonly sellerId: string;
  readonly scenario: ScenarioSeller;
}

const TENANT_API_TIMEOUT_MS = 30_000;

async function putTenant(
  controlUrl: string,
  seller: ScenarioSeller,
): Promise<Record<string, unknown>> {
  const { ledger } = seller;
  const year = Number(seller.saleDate.slice(0, 4));
  const response = await fetch(`${controlUrl}/tenants/${ledger.tenant}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      region: ledger.region,
      clientId: ledger.credentials.ci,
      clientSecret: ledger.credentials.cs,
      saak: ledger.credentials.saak,
      sask: ledger.credentials.sask,
      enterpriseGroup: ledger.enterpriseGroup,
      accountingEntities: [{ code: ledger.accountingEntity, currency: ledger.currency }],
      chart: ledger.chart,
      periods: [{ from: `${year - 1}-01-01`, to: `${year + 1}-12-31`, open: true }],
    }),
    signal: AbortSignal.timeout(TENANT_API_TIMEOUT_MS),
  });
  if (!response.ok)
    throw new Error(`CloudSuite simulator refused ${ledger.tenant}: ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
}

/** Creates the CloudSuite tenants of a scenario in the simulator; answers each seller's `.ionapi` file. */
export async function createTenants(
  installation: Installation,
  scenario: Scenario,
): Promise<Map<string, Record<string, unknown>>> {
  const files = new Map<string, Record<string, unknown>>();
  for (const seller of scenario.sellers) {
    files.set(seller.walmartSellerId, await putTenant(installation.cloudsuite.controlUrl, seller));
  }
  return files;
}

export interface OnboardingOptions {
  readonly ionapi: Record<string, unknown>;
  /** Base URL of Walmart's API. */
  readonly walmartUrl: string;
  readonly pollEveryMs: number;
  /** How often both systems are pinged before giving up. */
  readonly pings: number;
}

/** Onboards one seller through the tenant API up to the state shadow. */
export async function onboardToShadow(
  api: ApiLink,
  seller: ScenarioSeller,
  options: OnboardingOptions,
): Promise<OnboardedSeller> {
  const { onboarding } = seller;
  const { sellerId } = await api.call(sellerEndpoints.createSeller, {
    body: {
      name: seller.name,
      market: 'US',
      walmartSellerId: seller.walmartSellerId,
      ledger: {
        tenant: onboarding.tenant,
        enterpriseGroup: onboarding.enterpriseGroup,
        accountingEntity: onboarding.accountingEntity,
      },
      currency: 'USD',
      accountingZone: seller.accountingZone,
      goLiveDate: seller.goLiveDate,
      closedPeriod: 'held',
      traceField: 'UniqueID',
      polling: { everyMs: options.pollEveryMs, paused: false },
    },
  });
  const params = { sellerId };
  await api.call(sellerEndpoints.sealWalmart, {
    params,
    body: {
      clientId: seller.clientId,
      clientSecret: seller.clientSecret,
      baseUrl: options.walmartUrl,
    },
  });
  await api.call(sellerEndpoints.sealCloudSuite, { params, body: { ionapi: options.ionapi } });
  await api.call(sellerEndpoints.publishRuleSet, { params, body: rulesOf(seller) });
  await pingBoth(api, seller.name, sellerId, options.pings);
  await api.call(sellerEndpoints.startShadow, { params });
  return { sellerId, scenario: seller };
}

async function pingBoth(
  api: ApiLink,
  name: string,
  sellerId: string,
  pings: number,
): Promise<void> {
  for (let at = 1; ; at += 1) {
    const pinged = await api.call(sellerEndpoints.ping, { params: { sellerId } });
    const silent = Object.entries(pinged).filter(([, answer]) => !answer.ok);
    if (silent.length === 0) return;
    if (at >= pings) {
      const said = silent.map(([system, answer]) => `${system}: ${answer.message}`).join('; ');
      throw new Error(`${name} does not answer the ping: ${said}`);
    }
  }
}

/** The agreement with the accountant, in the words of the tenant API. */
function rulesOf(seller: ScenarioSeller) {
  const { clearing, charges } = seller.onboarding;
  const mutable = <T>(value: T | readonly T[] | undefined): T | T[] | undefined =>
    Array.isArray(value) ? ([...value] as T[]) : (value as T | undefined);
  return {
    fromDate: seller.goLiveDate,
    clearing: { ...clearing, dimensions: { ...clearing.dimensions } },
    tax: { policy: 'excluded' as const },
    rules: charges.map((charge) => {
      const when = Object.fromEntries(
        Object.entries(charge.when).map(([key, value]) => [
          key,
          mutable<string>(value as string | string[]),
        ]),
      );
      return 'post' in charge
        ? {
            when,
            post: { ...charge.post, dimensions: { ...charge.post.dimensions } },
            ...(charge.sign === undefined ? {} : { sign: charge.sign }),
          }
        : { when, exclude: charge.exclude };
    }),
  };
}

/** A named person looks at the preview and approves it: the seller goes live. */
export async function approve(
  api: ApiLink,
  sellerId: string,
  approvedBy: string,
): Promise<Preview> {
  const preview = await api.call(sellerEndpoints.preview, { params: { sellerId } });
  await api.call(sellerEndpoints.approve, {
    params: { sellerId },
    body: { previewId: preview.previewId, approvedBy },
  });
  return preview;
}
