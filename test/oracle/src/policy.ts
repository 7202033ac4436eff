import { readFileSync } from 'node:fs';
import { isZone } from './civil-date.js';
import { CannotRead, isRecord, type TruthRecord } from './truth-file.js';

export type Account = {
  readonly account: string;
  readonly accountingUnit: string;
  /** Canonical, `1=EAST;2=WEB`; blank dimensions are left out. */
  readonly dimensions: string;
};

export type ChargeRule = {
  readonly when: ReadonlyMap<WhenKey, readonly string[]>;
  readonly subtract: boolean;
  readonly exclude: string | null;
  readonly post: Account | null;
};

export type PlantedLine = {
  readonly purchaseOrderId: string;
  readonly lineNumber: string;
  readonly reason: string;
};

export type SellerPolicy = {
  readonly walmartSellerId: string;
  readonly market: string;
  readonly tenant: string;
  readonly enterpriseGroup: string;
  readonly accountingEntity: string;
  readonly currency: string;
  readonly accountingZone: string;
  readonly goLiveDate: string;
  readonly tax: 'excluded' | 'clearing';
  readonly taxAccount: Account | null;
  readonly clearing: Account;
  readonly charges: readonly ChargeRule[];
  readonly planted: {
    readonly held: readonly PlantedLine[];
    readonly excluded: readonly PlantedLine[];
  };
};

const WHEN_KEYS = ['chargeType', 'chargeName', 'productType', 'shipNode', 'shipNodeType'] as const;
export type WhenKey = (typeof WHEN_KEYS)[number];

/** What a charge is, as far as rules can ask. `null`: not known or not there. */
export type ChargeTraits = { readonly [key in WhenKey]: string | null };

export type RuleMatch =
  | { readonly kind: 'rule'; readonly rule: ChargeRule }
  | { readonly kind: 'product-type-unknown' }
  | { readonly kind: 'unmapped' };

/** The first rule that matches; stops where a rule would need a product type nobody knows. */
export function matchRule(rules: readonly ChargeRule[], traits: ChargeTraits): RuleMatch {
  for (const rule of rules) {
    let matches = true;
    let needsProductType = false;
    for (const [key, wanted] of rule.when) {
      const value = traits[key];
      if (key === 'productType' && value === null) needsProductType = true;
      else if (value === null || !wanted.includes(value)) matches = false;
    }
    if (matches)
      return needsProductType ? { kind: 'product-type-unknown' } : { kind: 'rule', rule };
  }
  return { kind: 'unmapped' };
}

/** Canonical text of a set of dimensions; `1` stands for FinanceDimension1. */
export function dimensionsText(dimensions: Iterable<readonly [string, string]>): string {
  return [...dimensions]
    .map(([key, value]) => [key.replace(/^FinanceDimension/, ''), value.trim()] as const)
    .filter(([, value]) => value !== '')
    .sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
    .map(([key, value]) => `${key}=${value}`)
    .join(';');
}

/** Reads the policy file of a scenario; refuses whatever it does not understand. */
export function readPolicy(file: string): readonly SellerPolicy[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new CannotRead(`The policy file ${file} cannot be read: ${String(error)}`);
  }
  if (!isRecord(parsed) || parsed['version'] !== 1 || !Array.isArray(parsed['sellers'])) {
    throw new CannotRead(`The policy file ${file} is not of version 1 with a list of sellers`);
  }
  const sellers = parsed['sellers'].map((seller, index) => readSeller(seller, `sellers[${index}]`));
  const keys = new Set(sellers.map((seller) => `${seller.market}/${seller.walmartSellerId}`));
  if (keys.size !== sellers.length) throw new CannotRead('The policy file names a seller twice');
  return sellers;
}

function readSeller(value: unknown, where: string): SellerPolicy {
  const seller = recordAt(value, where);
  const text = (field: string): string => textAt(seller[field], `${where}.${field}`);
  const zone = text('accountingZone');
  if (!isZone(zone)) throw new CannotRead(`${where}.accountingZone: unknown zone "${zone}"`);
  const goLiveDate = text('goLiveDate');
  if (!/^\d{4}-\d{2}-\d{2}$/.test(goLiveDate)) {
    throw new CannotRead(`${where}.goLiveDate: "${goLiveDate}" is not YYYY-MM-DD`);
  }
  if (text('recognition') !== 'placed') {
    throw new CannotRead(`${where}.recognition: only "placed" can be judged`);
  }
  const tax = text('tax');
  if (tax !== 'excluded' && tax !== 'clearing') {
    throw new CannotRead(`${where}.tax: "${tax}" is neither "excluded" nor "clearing"`);
  }
  const planted = recordAt(seller['planted'] ?? {}, `${where}.planted`);
  return {
    walmartSellerId: text('walmartSellerId'),
    market: text('market'),
    tenant: text('tenant'),
    enterpriseGroup: text('enterpriseGroup'),
    accountingEntity: text('accountingEntity'),
    currency: text('currency'),
    accountingZone: zone,
    goLiveDate,
    tax,
    taxAccount:
      tax === 'clearing' ? readAccount(seller['taxAccount'], `${where}.taxAccount`) : null,
    clearing: readAccount(seller['clearing'], `${where}.clearing`),
    charges: listAt(seller['charges'], `${where}.charges`).map((rule, index) =>
      readRule(rule, `${where}.charges[${index}]`),
    ),
    planted: {
      held: readPlanted(planted['held'], `${where}.planted.held`),
      excluded: readPlanted(planted['excluded'], `${where}.planted.excluded`),
    },
  };
}

function readRule(value: unknown, where: string): ChargeRule {
  const rule = recordAt(value, where);
  const when = new Map<WhenKey, readonly string[]>();
  for (const [key, wanted] of Object.entries(recordAt(rule['when'], `${where}.when`))) {
    const known = WHEN_KEYS.find((name) => name === key);
    if (!known) throw new CannotRead(`${where}.when.${key}: not a condition the oracle knows`);
    const list: readonly unknown[] = Array.isArray(wanted) ? wanted : [wanted];
    when.set(
      known,
      list.map((member) => textAt(member, `${where}.when.${key}`)),
    );
  }
  const sign = rule['sign'] ?? 'as-reported';
  if (sign !== 'as-reported' && sign !== 'subtract') {
    throw new CannotRead(`${where}.sign: neither "as-reported" nor "subtract"`);
  }
  const exclude =
    rule['exclude'] === undefined ? null : textAt(rule['exclude'], `${where}.exclude`);
  const post = rule['post'] === undefined ? null : readAccount(rule['post'], `${where}.post`);
  if ((exclude === null) === (post === null)) {
    throw new CannotRead(`${where}: one of "post" and "exclude" is needed, not both`);
  }
  return { when, subtract: sign === 'subtract', exclude, post };
}

function readAccount(value: unknown, where: string): Account {
  const account = recordAt(value, where);
  const dimensions = Object.entries(recordAt(account['dimensions'] ?? {}, `${where}.dimensions`));
  return {
    account: textAt(account['account'], `${where}.account`),
    accountingUnit: textAt(account['accountingUnit'], `${where}.accountingUnit`, ''),
    dimensions: dimensionsText(
      dimensions.map(([key, member]) => [key, textAt(member, `${where}.dimensions.${key}`)]),
    ),
  };
}

function readPlanted(value: unknown, where: string): readonly PlantedLine[] {
  return listAt(value ?? [], where).map((entry, index) => {
    const line = recordAt(entry, `${where}[${index}]`);
    const text = (field: string): string => textAt(line[field], `${where}[${index}].${field}`);
    return {
      purchaseOrderId: text('purchaseOrderId'),
      lineNumber: text('lineNumber'),
      reason: text('reason'),
    };
  });
}

function recordAt(value: unknown, where: string): TruthRecord {
  if (!isRecord(value)) throw new CannotRead(`Policy: ${where} is not an object`);
  return value;
}

function listAt(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new CannotRead(`Policy: ${where} is not a list`);
  return value;
}

function textAt(value: unknown, where: string, missing?: string): string {
  if (typeof value === 'string') return value;
  if (value === undefined && missing !== undefined) return missing;
  throw new CannotRead(`Policy: ${where} is not text`);
}
