import type { Random } from './random.js';

export interface ScenarioItem {
  readonly sku: string;
  readonly productType: string;
  readonly shelf: readonly string[];
  readonly productName: string;
}

export interface PricedItem {
  readonly item: ScenarioItem;
  readonly priceMinor: bigint;
}

export const PRODUCT_TYPES = [
  'T-Shirts',
  'Coffee Makers',
  'Backpacks',
  'Desk Lamps',
  'Scented Candles',
  'Dog Toys',
  'Building Toys',
  'Yoga Mats',
] as const;
export type ProductType = (typeof PRODUCT_TYPES)[number];

const SHELVES: Readonly<Record<ProductType, readonly string[]>> = {
  'T-Shirts': ['Home Page', 'Clothing', 'Tops'],
  'Coffee Makers': ['Home Page', 'Home', 'Kitchen'],
  Backpacks: ['Home Page', 'Luggage'],
  'Desk Lamps': ['Home Page', 'Home', 'Lighting'],
  'Scented Candles': ['UNNAV'],
  'Dog Toys': ['Home Page', 'Pets', 'Dogs'],
  'Building Toys': ['Home Page', 'Toys'],
  'Yoga Mats': ['Home Page', 'Sports & Outdoors', 'Fitness'],
};

/** SKUs and names as sellers really write them: spaces, slashes, percent signs, other scripts. */
const SKU_FORMS: readonly ((short: string, n: number) => string)[] = [
  (short, n) => `${short}-${n}`,
  (short, n) => `${short} ${n} L`,
  (short, n) => `${short}/${n}/RED`,
  (short, n) => `${short}_${n}`,
  (short, n) => `${short}+${n} & Co`,
  (short, n) => `100%${short}#${n}`,
  (short, n) => `${short}-Größe-${n}`,
];
const NAME_FORMS: readonly ((type: string, n: number) => string)[] = [
  (type, n) => `Marlow ${type} No. ${n}`,
  (type, n) => `Café Łódź – ${type}, “Größe” ${n}`,
  (type, n) => `抹茶 Kobo ${type} ${n} ☕`,
  (type, n) => `Näs & Söner ${type} / ${n}"`,
];

const ITEMS_PER_TYPE = 8;
const MINIMUM_PRICE_CENTS = 299;
const MAXIMUM_PRICE_CENTS = 24_999;

/** Eight items of each product type. */
export function catalogueOf(random: Random): PricedItem[] {
  return PRODUCT_TYPES.flatMap((productType, typeAt) => {
    const short = productType
      .replace(/[^A-Za-z]/g, '')
      .slice(0, 4)
      .toUpperCase();
    return Array.from({ length: ITEMS_PER_TYPE }, (_, at) => {
      const number = 100 + typeAt * 10 + at;
      const skuForm = SKU_FORMS[(typeAt + at) % SKU_FORMS.length];
      const item = {
        sku: skuForm?.(short, number) ?? `${short}${number}`,
        productType,
        shelf: SHELVES[productType],
        productName: random.pick(NAME_FORMS)(productType, number),
      };
      return { item, priceMinor: BigInt(random.between(MINIMUM_PRICE_CENTS, MAXIMUM_PRICE_CENTS)) };
    });
  });
}

/** SKUs that orders name and the items API no longer knows. */
export function retiredItems(random: Random): PricedItem[] {
  return [1, 2, 3].map((number) => ({
    item: {
      sku: `RETIRED ${number}/OLD`,
      productType: 'unknown',
      shelf: [],
      productName: `Discontinued article ${number}`,
    },
    priceMinor: BigInt(random.between(MINIMUM_PRICE_CENTS, MAXIMUM_PRICE_CENTS)),
  }));
}
