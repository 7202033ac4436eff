import { retryMs, type Turn } from './posting-context.js';
import type { RunGroupTurn } from './run-group-turn.js';

/** A seller that is not live: nothing is sent, and what was not sent waits. */
export function idle(turn: RunGroupTurn): Turn {
  return { kind: 'wait', ms: retryMs(turn.context.settings, turn.waits + 2), slow: true };
}

export function pause(turn: RunGroupTurn, retryAfterMs: number | null): Turn {
  const ms = Math.max(retryAfterMs ?? 0, retryMs(turn.context.settings, turn.waits));
  return { kind: 'wait', ms };
}

/** G1: a look-up that failed says nothing. It is made again; after a day a person is asked. */
export async function failedLook(
  turn: RunGroupTurn,
  look: { readonly why: string; readonly retryAfterMs: number | null },
): Promise<Turn> {
  const { group, context } = turn;
  context.log.warn({ runGroup: group.runGroup, why: look.why }, 'CloudSuite could not be read');
  const sentAgoMs = Math.max(group.stageAgeMs, group.submitAgeMs);
  if (group.state === 'anchored' || sentAgoMs < context.settings.PERSON_AFTER_MS) {
    return pause(turn, look.retryAfterMs);
  }
  return turn.hold({
    code: 'look-up-failing',
    message: `run group ${group.runGroup} could not be looked up for too long: ${look.why}`,
    advice: 'restore the access to CloudSuite, look the run group up there, then decide',
  });
}
