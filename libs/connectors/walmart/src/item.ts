import { err, failure, ok, type Result } from '@mlc/kernel';
import { listOf, objectOf, parseLoose, textOf } from './json.js';

/** What an item says that a rule can use. `unknown`: Walmart has no such SKU (retired, deleted). */
export type ItemRead =
  | {
      readonly kind: 'known';
      readonly productType: string | null;
      readonly shelf: readonly string[];
    }
  | { readonly kind: 'unknown' };

const MAX_SHELF_LEVELS = 20;
const MAX_PRODUCT_TYPE_CHARS = 200;

export function itemPath(sku: string): string {
  // A SKU of dots alone would be read as a step in the path.
  const id = encodeURIComponent(sku.toWellFormed()).replace(/^\.{1,2}$/, (dots) =>
    dots.replaceAll('.', '%2E'),
  );
  return `/v3/items/${id}?productIdType=SKU`;
}

/** The shelf is a JSON list written into a string; `["UNNAV"]` means none. */
export function shelfOf(text: string | null): readonly string[] {
  if (text === null) return [];
  const parsed = parseLoose(text);
  if (!parsed.ok) return [];
  const levels = listOf(parsed.value)
    .map(textOf)
    .filter((level) => level !== null)
    .slice(0, MAX_SHELF_LEVELS);
  return levels.length === 1 && levels[0] === 'UNNAV' ? [] : levels;
}

export function readItemBody(sku: string, body: string): Result<ItemRead> {
  const parsed = parseLoose(body);
  if (!parsed.ok) return parsed;
  const root = objectOf(parsed.value);
  // The samples say ItemResponse, the schema says responseRecord.
  const items = [...listOf(root['ItemResponse']), ...listOf(root['responseRecord'])].map(objectOf);
  // SKUs differ in case between Walmart's own endpoints.
  const item = items.find((each) => textOf(each['sku'])?.toLowerCase() === sku.toLowerCase());
  if (!item) {
    return err(
      failure(
        'unavailable',
        'walmart.answer-unreadable',
        `the item read of SKU ${sku} answered without that SKU; it is read again at the next poll`,
      ),
    );
  }
  const productType = textOf(item['productType'])?.slice(0, MAX_PRODUCT_TYPE_CHARS) ?? null;
  return ok({ kind: 'known', productType, shelf: shelfOf(textOf(item['shelf'])) });
}
