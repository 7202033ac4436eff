import { absolute, minorFromDecimal } from '@mlc/accounting';
import type { CivilDate } from '@mlc/kernel';
import { type Component, componentOf } from './components.js';
import type { ChargeFacts, LineFacts, MoneyText, OrderFacts } from './order-facts.js';
import { type Reason, type ReasonCode, reasonOf } from './reasons.js';

/** A revision of a line must fit one journal, with its clearing line and a tax line a charge. */
const MAX_CHARGES = 100;

export interface ReadCharge {
  readonly facts: ChargeFacts;
  readonly component: Component;
  readonly amountMinor: bigint;
  readonly taxMinor: bigint;
}

/** What stands for the line besides its own facts. */
export interface LineContext {
  /** Of the seller's books. */
  readonly currency: string;
  /** First civil date whose lines are booked (B7). */
  readonly goLiveDate: CivilDate;
  /** The line's recognition date, pinned once something was booked. */
  readonly date: CivilDate;
  /** Whether a revision of the line was ever emitted and not withdrawn. */
  readonly booked: boolean;
}

/**
 * What the facts alone say. `totalMinor` is the sum of |amount| of all charges and taxes, as reported.
 * `cancelled` is a booked line that must come to nothing; `sale` still needs the seller's rules.
 */
export type LineReading = { readonly totalMinor: bigint } & (
  | { readonly kind: 'excluded'; readonly reason: Reason }
  | { readonly kind: 'held'; readonly reason: Reason }
  | { readonly kind: 'cancelled'; readonly charges: readonly ReadCharge[] }
  | { readonly kind: 'sale'; readonly charges: readonly ReadCharge[] }
);

/** The decision list up to the seller's rules; the first that applies decides. */
export function readLine(order: OrderFacts, line: LineFacts, context: LineContext): LineReading {
  const amounts = readAmounts(line, context.currency);
  const { totalMinor, charges } = amounts;
  const excluded = (code: ReasonCode): LineReading => ({
    kind: 'excluded',
    reason: reasonOf(code),
    totalMinor,
  });
  const held = (code: ReasonCode, detail?: string): LineReading => ({
    kind: 'held',
    reason: reasonOf(code, detail),
    totalMinor,
  });

  if (order.orderType === 'REPLACEMENT') return excluded('replacement-order');
  if (amounts.foreign !== null) return held('currency-not-offered', amounts.foreign);
  if (amounts.inexact !== null) return held('amount-not-exact', amounts.inexact);
  if (context.date < context.goLiveDate) return excluded('before-go-live');
  const cancelled = cancelledUnits(line);
  if (cancelled === 'all' && context.booked) return { kind: 'cancelled', charges, totalMinor };
  if (cancelled === 'all' && totalMinor === 0n) return excluded('cancelled');
  if (cancelled !== 'none') return held('mixed-cancelled');
  if (line.quantity > 1) return held('quantity-above-one', `${line.quantity} units`);
  if (line.refunds.length > 0) return held('refund-in-order-body');
  if (line.charges.length > MAX_CHARGES) return held('too-many-charges');
  return { kind: 'sale', charges, totalMinor };
}

function cancelledUnits(line: LineFacts): 'none' | 'some' | 'all' {
  let cancelled = 0;
  let others = 0;
  for (const { status, quantity } of line.statuses) {
    if (status === 'Cancelled') cancelled += quantity;
    else others += quantity;
  }
  if (cancelled === 0) return 'none';
  return others === 0 && cancelled >= line.quantity ? 'all' : 'some';
}

interface Amounts {
  readonly charges: ReadCharge[];
  readonly totalMinor: bigint;
  /** First currency that is not the seller's. */
  readonly foreign: string | null;
  /** First amount that is not a whole number of minor units. */
  readonly inexact: string | null;
}

function readAmounts(line: LineFacts, currency: string): Amounts {
  let foreign: string | null = null;
  let inexact: string | null = null;
  let totalMinor = 0n;
  const read = (money: MoneyText): bigint => {
    if (money.currency !== currency) foreign ??= money.currency;
    const minor = minorFromDecimal(money.amount, currency);
    if (!minor.ok) {
      inexact ??= money.amount;
      return 0n;
    }
    totalMinor += absolute(minor.value);
    return minor.value;
  };
  const charges = line.charges.map((facts) => ({
    facts,
    component: componentOf(facts),
    amountMinor: read(facts.charge),
    taxMinor: facts.tax ? read(facts.tax) : 0n,
  }));
  return { charges, totalMinor, foreign, inexact };
}
