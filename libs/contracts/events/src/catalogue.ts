import { auditRecorded } from './audit.js';
import type { EventType } from './envelope.js';
import { journalEmitted, journalOutcomesDecided, runGroupFrozen } from './ledger.js';
import { lineStatesChanged } from './mapping.js';
import { commandAnswered, commandIssued, ruleSetPublished, sellerChanged } from './tenant.js';
import { flowProgressed, orderSnapshotRecorded } from './walmart.js';

/** The one list of event types by name. */
export const EVENTS: ReadonlyMap<string, EventType<unknown>> = new Map(
  [
    auditRecorded,
    commandAnswered,
    commandIssued,
    flowProgressed,
    journalEmitted,
    journalOutcomesDecided,
    lineStatesChanged,
    orderSnapshotRecorded,
    ruleSetPublished,
    runGroupFrozen,
    sellerChanged,
  ].map((event) => [event.type, event as EventType<unknown>]),
);
