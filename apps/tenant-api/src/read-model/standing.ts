import type { Line } from '@mlc/api';
import type { JournalState, LineState } from '@mlc/events';

export type Standing = Line['standing'];

/** Journal states in which somebody has to decide or to look. */
const WAITING: ReadonlySet<string> = new Set<JournalState>([
  'held',
  'rejected',
  'unknown',
  'quarantined',
]);

export function isWaiting(journalState: string | undefined): boolean {
  return journalState !== undefined && WAITING.has(journalState);
}

/**
 * Where a line stands for finance. `journalStates` are those of the line's journals as posting last
 * told them, undefined for one it has not spoken of yet.
 */
export function standingOf(
  state: LineState['state'],
  journalStates: readonly (string | undefined)[],
): Standing {
  switch (state) {
    case 'shadow':
    case 'excluded':
      return state;
    case 'exception':
    case 'proposal':
      return 'held';
    case 'emitted':
      if (journalStates.some(isWaiting)) return 'held';
      return journalStates.every((journal) => journal === 'posted') ? 'posted' : 'pending';
  }
}
