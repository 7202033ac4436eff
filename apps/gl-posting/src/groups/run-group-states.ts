import { invariant } from '@mlc/kernel';

/**
 * Life of a run group (ledger rules F1 to F7, G):
 *
 * frozen           members, payload and name are committed
 * anchored         Kafka has acknowledged the frozen group (F2)
 * stage-intended   the stage call may have been made (F4)
 * staged           CloudSuite said that every line was created, or they were all found
 * submit-intended  the interface call may have been made: "submitted" (F4, F5)
 * discard-intended its staged rows are condemned (F4, F6)
 * posted, discarded, held   over; a person decides about held ones
 */
export const runGroupStates = [
  'frozen',
  'anchored',
  'stage-intended',
  'staged',
  'submit-intended',
  'discard-intended',
  'posted',
  'discarded',
  'held',
] as const;
export type RunGroupState = (typeof runGroupStates)[number];

export const closedStates: ReadonlySet<RunGroupState> = new Set(['posted', 'discarded', 'held']);

export const TRANSITIONS: Readonly<Record<RunGroupState, readonly RunGroupState[]>> = {
  frozen: ['anchored'],
  anchored: ['stage-intended', 'held'],
  // Back to anchored: nothing was sent, or it is proven absent.
  'stage-intended': ['anchored', 'staged', 'discard-intended', 'discarded', 'posted', 'held'],
  // To posted: interfaced by another, proven by a newer result (F7).
  staged: ['submit-intended', 'discard-intended', 'posted', 'held'],
  // Back to staged only when the submit provably never ran.
  'submit-intended': ['staged', 'discard-intended', 'posted', 'held'],
  'discard-intended': ['discarded', 'posted', 'held'],
  posted: [],
  discarded: [],
  held: [],
};

/** Refuses every step that the table does not name; staying is not a step. */
export function assertTransition(from: RunGroupState, to: RunGroupState): void {
  invariant(TRANSITIONS[from].includes(to), `a run group does not go from ${from} to ${to}`);
}
