import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { CivilDate } from '@mlc/kernel';

export type HeldReason =
  | 'currency-not-offered'
  | 'mixed-cancelled'
  | 'quantity-above-one'
  | 'refund-in-order-body'
  | 'product-type-unknown'
  | 'unmapped-charge';

export type ExcludedReason = 'replacement-order' | 'before-go-live' | 'cancelled';

export interface PolicyTarget {
  readonly account: string;
  readonly accountingUnit: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

export interface PolicyCondition {
  readonly chargeType?: string | readonly string[];
  readonly chargeName?: string | readonly string[];
  readonly productType?: string | readonly string[];
  readonly shipNode?: string | readonly string[];
  readonly shipNodeType?: string | readonly string[];
}

/** Either where a charge goes, or why it is not the seller's. */
export type PolicyCharge =
  | {
      readonly when: PolicyCondition;
      readonly sign?: 'as-reported' | 'subtract';
      readonly post: PolicyTarget;
    }
  | { readonly when: PolicyCondition; readonly exclude: string };

export interface PlantedLine<Reason extends string> {
  readonly purchaseOrderId: string;
  readonly lineNumber: string;
  readonly reason: Reason;
}

export interface Planted {
  readonly held: readonly PlantedLine<HeldReason>[];
  readonly excluded: readonly PlantedLine<ExcludedReason>[];
}

/** What a seller agreed with its accountant: everything of the policy but the planted lines. */
export interface SellerAgreement {
  readonly walmartSellerId: string;
  readonly market: 'US';
  readonly tenant: string;
  readonly enterpriseGroup: string;
  readonly accountingEntity: string;
  readonly currency: 'USD';
  readonly accountingZone: string;
  readonly goLiveDate: CivilDate;
  readonly recognition: 'placed';
  readonly tax: 'excluded';
  readonly clearing: PolicyTarget;
  readonly charges: readonly PolicyCharge[];
}

export interface PolicySeller extends SellerAgreement {
  readonly planted: Planted;
}

/** The file of the truth-log page, section 5. */
export interface PolicyFile {
  readonly version: 1;
  readonly sellers: readonly PolicySeller[];
}

export function writePolicy(policy: PolicyFile, file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(policy, null, 2)}\n`);
}
