import type { LineState } from '@mlc/events';
import type { LineOutcome, LineStanding } from '@mlc/mapping-rules';
import type { ComputedFor } from './compute-orders.js';

/** One line whose row has to be written, with its state if that is new too. */
export interface LineChange {
  readonly lineNumber: string;
  readonly standing: LineStanding;
  readonly stateVersion: number;
  /** What the `state` column keeps: everything but the version, so that equal states are equal texts. */
  readonly stateText: string;
  /** Null when only the standing changed. */
  readonly state: LineState | null;
}

/** Lines of a computed order that differ from what is stored. */
export function changedLines({ order, before, computed }: ComputedFor): LineChange[] {
  const customerOrderId = order.facts.get(order.newestVersion)?.customerOrderId ?? '';
  const standings = new Map(computed.standings.map((standing) => [standing.line, standing]));
  return computed.lines.flatMap((outcome) => {
    const stored = before.get(outcome.lineNumber);
    const unversioned = stateOf(outcome, order.purchaseOrderId, customerOrderId);
    const stateText = JSON.stringify(unversioned);
    const stateIsNew = stored?.state !== stateText;
    const standing = standings.get(outcome.line);
    if (!stateIsNew && !standing) return [];
    const stateVersion = (stored?.stateVersion ?? 0) + (stateIsNew ? 1 : 0);
    return [
      {
        lineNumber: outcome.lineNumber,
        standing: standing ?? stored?.standing ?? unbooked(outcome.line),
        stateVersion,
        stateText,
        state: stateIsNew ? { ...unversioned, version: stateVersion } : null,
      },
    ];
  });
}

function unbooked(line: string): LineStanding {
  return { line, revision: 0, entries: [], pin: null, journals: [] };
}

function stateOf(
  outcome: LineOutcome,
  purchaseOrderId: string,
  customerOrderId: string,
): Omit<LineState, 'version'> {
  const amounts = (parts: LineOutcome['held']) =>
    parts.map(({ reason, amountMinor }) => ({ reason, amountMinor: amountMinor.toString() }));
  return {
    line: outcome.line,
    purchaseOrderId,
    customerOrderId,
    lineNumber: outcome.lineNumber,
    sku: outcome.sku,
    state: outcome.state,
    reason: outcome.reason && { ...outcome.reason },
    date: outcome.date,
    journals: [...outcome.journals],
    journaledMinor: outcome.journaledMinor.toString(),
    held: amounts(outcome.held),
    excluded: amounts(outcome.excluded),
    bookings: outcome.bookings.map(({ block, component, amountMinor }) => ({
      account: block.account,
      component,
      amountMinor: amountMinor.toString(),
    })),
  };
}
