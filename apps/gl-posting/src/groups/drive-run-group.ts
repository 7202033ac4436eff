import { setTimeout as pause } from 'node:timers/promises';
import type { LedgerPort } from '@mlc/cloudsuite';
import { discardGroup } from './discard-steps.js';
import type { Holding, PostingContext, Turn } from './posting-context.js';
import { closedStates, type RunGroupState } from './run-group-states.js';
import { loadRunGroup } from './run-group-store.js';
import { RunGroupTurn } from './run-group-turn.js';
import { anchorGroup, resolveStage, stageGroup } from './stage-steps.js';
import { pollGroup, submitGroup } from './submit-steps.js';

type OpenState = Exclude<RunGroupState, 'posted' | 'discarded' | 'held'>;

/** What is done for a group in each state; after a restart it starts with the same table. */
const STEPS: Readonly<Record<OpenState, (turn: RunGroupTurn) => Promise<Turn>>> = {
  frozen: anchorGroup,
  anchored: stageGroup,
  'stage-intended': resolveStage,
  staged: submitGroup,
  'submit-intended': pollGroup,
  'discard-intended': discardGroup,
};

function isOpen(state: RunGroupState): state is OpenState {
  return !closedStates.has(state);
}

export interface Drive {
  readonly context: PostingContext;
  readonly holding: Holding;
  readonly port: LedgerPort;
  readonly runGroup: string;
  /** Told when the group begins or stops to wait for somebody else. */
  readonly onSlow: (slow: boolean) => void;
}

/** Takes one group from wherever its row says it is to its end, one committed step after another. */
export async function driveRunGroup(drive: Drive): Promise<void> {
  const { context, holding, port, runGroup } = drive;
  let waits = 0;
  let frozen: RunGroupTurn | null = null;
  for (;;) {
    if (holding.signal.aborted) return;
    const group = await context.db.forSellers([holding.sellerId], (tx) =>
      loadRunGroup(tx, runGroup),
    );
    if (!group || !isOpen(group.state)) return;
    const before = group.state;
    const turn: RunGroupTurn = frozen ?? new RunGroupTurn({ context, holding, port, group });
    frozen = turn;
    turn.group = group;
    turn.waits = waits;
    const outcome = await STEPS[group.state](turn);
    if (outcome.kind === 'over') return;
    waits = turn.group.state === before && outcome.kind === 'wait' ? waits + 1 : 0;
    if (outcome.kind !== 'wait') continue;
    drive.onSlow(outcome.slow ?? false);
    try {
      await pause(outcome.ms, undefined, { signal: holding.signal });
    } catch {
      // Only the signal ends a pause early: the lease went, or the process stops.
      return;
    }
    drive.onSlow(false);
  }
}
