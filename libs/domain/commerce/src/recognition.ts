import { type CivilDate, civilDateIn } from '@mlc/kernel';
import type { LineFacts, OrderFacts } from './order-facts.js';

/** D2: a sale is recognised when it was placed, on that civil date in the accounting zone. */
export function recognitionDate(order: OrderFacts, accountingZone: string): CivilDate {
  return civilDateIn(accountingZone, Date.parse(order.orderedAt));
}

/** D2: the wanted date of a full cancel. */
export function statusDate(line: LineFacts, accountingZone: string): CivilDate {
  return civilDateIn(accountingZone, Date.parse(line.statusAt));
}

/** D2: the date of the order, whatever the kind of the journal. */
export function transactionDate(order: OrderFacts, accountingZone: string): CivilDate {
  return civilDateIn(accountingZone, Date.parse(order.orderedAt));
}
