import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EpochMs } from '@mlc/kernel';
import type { ScenarioItem } from './catalogue.js';
import type { CivilDay } from './civil-day.js';
import type { OrderBody } from './order-body.js';
import type { Decision, PlannedOrder, ScenarioOrder } from './orders.js';

interface PublishedFile {
  readonly items: readonly ScenarioItem[];
  readonly orders: readonly PublishedOrder[];
}

interface PublishedOrder {
  readonly sample: string;
  readonly shipNodeType: ScenarioOrder['shipNodeType'];
  readonly list?: NonNullable<ScenarioOrder['list']>;
  readonly order: OrderBody;
  /** By line number; a line that is not named is to be posted. */
  readonly planted: Readonly<Record<string, Exclude<Decision, 'posted'>>>;
}

export interface PublishedOrders {
  readonly items: readonly ScenarioItem[];
  readonly ids: ReadonlySet<string>;
  on(day: CivilDay, now: EpochMs): PlannedOrder[];
}

const FIXTURE = 'test/scenarios/fixtures/published-orders.json';
const DAY_MS = 86_400_000;

/** The orders of Walmart's published samples, with their dates moved to a day. */
export function publishedOrders(): PublishedOrders {
  const file = JSON.parse(readFileSync(fixtureFile(), 'utf8')) as PublishedFile;
  return {
    items: file.items,
    ids: new Set(file.orders.map(({ order }) => order.purchaseOrderId)),
    on: (day, now) => file.orders.map((published) => moved(published, day, now)),
  };
}

/** The fixture lies in the sources, also when this runs as compiled output in another folder. */
function fixtureFile(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const file = join(folder, FIXTURE);
    if (existsSync(file)) return file;
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`${FIXTURE} was not found above ${import.meta.url}`);
    folder = parent;
  }
}

function moved(published: PublishedOrder, day: CivilDay, now: EpochMs): PlannedOrder {
  const { order, shipNodeType, list } = published;
  const share = (order.orderDate % DAY_MS) / DAY_MS;
  const created = day.first + Math.floor(share * (day.last - day.first));
  const shiftMs = created - order.orderDate;
  const body = shifted(order, shiftMs, now) as OrderBody;
  const lines = body.orderLines.orderLine;
  const modified = Math.max(created, ...lines.map(({ statusDate }) => statusDate));
  return {
    order: { shipNodeType, created, modified, order: body, ...(list ? { list } : {}) },
    decisions: lines.map(({ lineNumber }) => published.planted[lineNumber] ?? 'posted'),
  };
}

const DATE_FIELDS =
  /^(orderDate|statusDate|estimated(Delivery|Ship)Date|pickUpDateTime|shipDateTime)$/;

/** All dates by the same distance; what has happened is not later than now. */
function shifted(value: unknown, shiftMs: number, now: EpochMs): unknown {
  if (Array.isArray(value)) return value.map((member) => shifted(member, shiftMs, now));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      if (typeof member !== 'number' || !DATE_FIELDS.test(name)) {
        return [name, shifted(member, shiftMs, now)];
      }
      const at = member + shiftMs;
      return [name, name === 'statusDate' ? Math.min(at, now) : at];
    }),
  );
}
