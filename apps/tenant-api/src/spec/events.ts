import {
  auditRecorded,
  type AuditRecord,
  draft,
  type Envelope,
  type EventType,
  journalOutcomesDecided,
  type JournalOutcome,
  type LineState,
  lineStatesChanged,
} from '@mlc/events';

const LEDGER = { tenant: 'ACME_TST', enterpriseGroup: '1000', accountingEntity: '1001' };
const AT = Date.parse('2026-02-03T10:00:00.000Z');

export function envelope<P>(type: EventType<P>, seller: string, payload: P): Envelope<P> {
  const { topic: _topic, ...rest } = draft(type, {
    seller,
    market: 'US',
    occurredAt: AT,
    correlationId: 'spec-correlation',
    identity: [seller, JSON.stringify(payload)],
    payload,
  });
  return { ...rest, sequence: 1 };
}

/** A line `US/10001/<order>/<number>` of 12.00 to post and 0.75 tax left out, computed in shadow. */
export function lineState(order: string, number: string, more: Partial<LineState> = {}): LineState {
  return {
    line: `US/10001/${order}/${number}`,
    purchaseOrderId: order,
    customerOrderId: `C${order}`,
    lineNumber: number,
    sku: `SKU-${number}`,
    version: 1,
    state: 'shadow',
    reason: null,
    date: '2026-02-02',
    journals: [],
    journaledMinor: '1200',
    held: [],
    excluded: [{ reason: 'facilitator-tax', amountMinor: '75' }],
    bookings: [
      { account: '40000', component: 'sale', amountMinor: '-1200' },
      { account: '12000', component: 'clearing', amountMinor: '1200' },
    ],
    ...more,
  };
}

export function linesEvent(seller: string, ...lines: LineState[]) {
  return envelope(lineStatesChanged, seller, { lines });
}

export function outcome(
  journalId: string,
  version: number,
  state: JournalOutcome['state'],
  more: Partial<JournalOutcome> = {},
): JournalOutcome {
  return {
    journalId,
    version,
    state,
    runGroup: null,
    postingDate: null,
    resultId: null,
    reason: null,
    ...more,
  };
}

export function outcomesEvent(seller: string, ...outcomes: JournalOutcome[]) {
  return envelope(journalOutcomesDecided, seller, { ledger: LEDGER, outcomes });
}

export function auditEvent(seller: string, recordId: string, more: Partial<AuditRecord> = {}) {
  return envelope(auditRecorded, seller, {
    recordId,
    at: '2026-02-03T10:00:00.000Z',
    service: 'gl-posting',
    action: `step-${recordId}`,
    actor: 'system',
    orders: [],
    runGroup: null,
    journals: [],
    data: {},
    ...more,
  });
}
