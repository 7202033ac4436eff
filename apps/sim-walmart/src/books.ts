import { isoInstant, type Clock, type EpochMs } from '@mlc/kernel';
import type { KeptOrder, ListQuirk, OrderVersion, ShipNodeType } from './order-text.js';
import { keepOrder } from './order-text.js';
import { RateLimits } from './rate-limits.js';
import type { TruthRecord } from './truth-log.js';

export interface Item {
  readonly sku: string;
  readonly productType: string;
  readonly shelf: readonly string[];
  readonly productName?: string;
}

export interface SellerIdentity {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly partnerId?: string;
}

/** The part of a sorted index that lies in a time window; read from its end, newest first. */
export interface WindowSlice {
  readonly rows: readonly KeptOrder[];
  readonly from: number;
  readonly to: number;
}

type SortKey = 'created' | 'modified';

class OrderIndex {
  private readonly rows: Record<SortKey, KeptOrder[]> = { created: [], modified: [] };
  /** Replaced versions, taken out at the next read. */
  private readonly gone = new Set<KeptOrder>();
  private sorted = true;

  add(order: KeptOrder): void {
    this.rows.created.push(order);
    this.rows.modified.push(order);
    this.sorted = false;
  }

  remove(order: KeptOrder): void {
    this.gone.add(order);
    this.sorted = false;
  }

  get size(): number {
    return this.rows.created.length - this.gone.size;
  }

  window(key: SortKey, start: EpochMs, end: EpochMs): WindowSlice {
    if (!this.sorted) this.sort();
    const rows = this.rows[key];
    return { rows, from: firstNotBefore(rows, key, start), to: firstNotBefore(rows, key, end + 1) };
  }

  private sort(): void {
    for (const by of ['created', 'modified'] as const) {
      if (this.gone.size > 0) this.rows[by] = this.rows[by].filter((row) => !this.gone.has(row));
      this.rows[by].sort(
        (a, b) => a[by] - b[by] || (a.purchaseOrderId < b.purchaseOrderId ? -1 : 1),
      );
    }
    this.gone.clear();
    this.sorted = true;
  }
}

function firstNotBefore(rows: readonly KeptOrder[], key: SortKey, at: EpochMs): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const row = rows[middle];
    if (row && row[key] < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** One seller's orders and items as Walmart holds them. */
export class SellerBooks {
  readonly limits: RateLimits;
  requests = 0;
  private readonly orders = new Map<string, KeptOrder>();
  private readonly items = new Map<string, { item: Item; text: string }>();
  private readonly indexes = new Map<ShipNodeType, OrderIndex>();

  constructor(
    readonly walmartSellerId: string,
    public identity: SellerIdentity,
    clock: Clock,
    private readonly quirk: ListQuirk,
  ) {
    this.limits = new RateLimits(clock);
  }

  /** Adds orders or replaces them by later versions. All or none: a bad one throws first. */
  commitOrders(versions: readonly OrderVersion[]): TruthRecord[] {
    const kept = versions.map((version) => keepOrder(version, this.quirk));
    return kept.map((order) => {
      const earlier = this.orders.get(order.purchaseOrderId);
      if (earlier) this.indexes.get(earlier.shipNodeType)?.remove(earlier);
      this.orders.set(order.purchaseOrderId, order);
      this.indexOf(order.shipNodeType).add(order);
      return {
        kind: 'order-committed',
        seller: this.walmartSellerId,
        purchaseOrderId: order.purchaseOrderId,
        shipNodeType: order.shipNodeType,
        created: isoInstant(order.created),
        modified: isoInstant(order.modified),
        body: order.text,
      };
    });
  }

  commitItems(items: readonly Item[]): TruthRecord[] {
    return items.map((item) => {
      this.items.set(item.sku, { item, text: itemText(item) });
      const { sku, productType, shelf } = item;
      return { kind: 'item-committed', seller: this.walmartSellerId, sku, productType, shelf };
    });
  }

  order(purchaseOrderId: string): KeptOrder | undefined {
    return this.orders.get(purchaseOrderId);
  }

  itemAnswer(sku: string): string | undefined {
    return this.items.get(sku)?.text;
  }

  window(type: ShipNodeType, key: SortKey, bounds: readonly [EpochMs, EpochMs]): WindowSlice {
    return this.indexOf(type).window(key, bounds[0], bounds[1]);
  }

  summary(): Readonly<Record<string, unknown>> {
    const byStatus: Record<string, number> = {};
    let lines = 0;
    for (const order of this.orders.values()) {
      lines += order.lines;
      for (const status of order.statuses) byStatus[status] = (byStatus[status] ?? 0) + 1;
    }
    return {
      walmartSellerId: this.walmartSellerId,
      orders: this.orders.size,
      lines,
      items: this.items.size,
      requests: this.requests,
      ordersByShipNodeType: Object.fromEntries(
        [...this.indexes].map(([type, index]) => [type, index.size]),
      ),
      ordersByStatus: byStatus,
      rates: this.limits.inForce(),
    };
  }

  private indexOf(type: ShipNodeType): OrderIndex {
    let index = this.indexes.get(type);
    if (!index) {
      index = new OrderIndex();
      this.indexes.set(type, index);
    }
    return index;
  }
}

/** `shelf` is a JSON array inside a string, as the items API has it. */
function itemText(item: Item): string {
  return JSON.stringify({
    ItemResponse: [
      {
        mart: 'WALMART_US',
        sku: item.sku,
        condition: 'New',
        wpid: `0SIM${item.sku.length}`,
        upc: '',
        productName: item.productName ?? item.sku,
        shelf: JSON.stringify(item.shelf),
        productType: item.productType,
        publishedStatus: 'PUBLISHED',
        lifecycleStatus: 'ACTIVE',
      },
    ],
    totalItems: 1,
  });
}
