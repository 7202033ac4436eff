import { crashPoint } from '@mlc/crash-points';
import { SCHEMA } from './outcomes.js';
import { type Decided, decide } from './decision-table.js';
import { beginDiscard, refusalsByJournal } from './discard-steps.js';
import { lookAtGroup } from './look-at-group.js';
import { MOVED, retryMs, type Turn } from './posting-context.js';
import { postedBy } from './posted.js';
import { evidence, provablyNotRun, type RunGroupTurn } from './run-group-turn.js';
import { recorded } from './run-group-store.js';
import { failedLook, idle, pause } from './waits.js';

const LOOK_UP = 'wait: the outcome is looked up in CloudSuite after the settle time';

/** F2: Kafka acknowledges the frozen group before CloudSuite hears of it. */
export async function anchorGroup(turn: RunGroupTurn): Promise<Turn> {
  const { anchor, settings } = turn.context;
  try {
    const acknowledged = anchor.flush(SCHEMA, [turn.group.anchorId], settings.ANCHOR_TIMEOUT_MS);
    await Promise.race([acknowledged, aborted(turn.holding.signal)]);
  } catch (error) {
    turn.context.log.warn({ err: error, runGroup: turn.group.runGroup }, 'anchor not acknowledged');
    return { kind: 'wait', ms: retryMs(settings, turn.waits) };
  }
  return turn.move({ to: 'anchored' });
}

/** A process that ends does not wait for Kafka. */
async function aborted(signal: AbortSignal): Promise<never> {
  signal.throwIfAborted();
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('the process ends')), { once: true });
  });
}

/** F3, F4: nothing of this group may be there yet; then the intent; then the call. */
export async function stageGroup(turn: RunGroupTurn): Promise<Turn> {
  const { settings } = turn.context;
  if (turn.group.sellerState !== 'live') return idle(turn);
  const look = await lookAtGroup(turn);
  if (!look.ok) return failedLook(turn, look);
  if (look.staged.shape !== 'none' || look.result) {
    return turn.hold(
      {
        code: 'found-before-sent',
        message: `CloudSuite already holds rows or a result of run group ${turn.group.runGroup}, which was never sent from here`,
        advice: 'find out who sent it (a restored database?), then decide whether it is posted',
      },
      { staged: look.staged.count, result: look.result?.id.toString() ?? null },
    );
  }
  await turn.intend({
    to: 'stage-intended',
    change: { stageIntendedAt: 'now', stageAnswer: null, look: null },
  });
  const intended = { ...turn.group, state: 'stage-intended' as const };
  const answer = await turn.port.stage(intended, await turn.frozen());
  crashPoint('posting.after-stage-before-record');
  turn.group = intended;
  return recordStage(turn, answer, settings.SETTLE_MS);
}

async function recordStage(
  turn: RunGroupTurn,
  answer: Awaited<ReturnType<RunGroupTurn['port']['stage']>>,
  settleMs: number,
): Promise<Turn> {
  const stageAnswer = recorded(answer);
  if (answer.class === 'ACCEPTED') {
    return turn.move({
      to: 'staged',
      change: { stageAnswer, rowsSeen: true },
      audit: { action: 'run-group-staged', data: evidence(answer) },
    });
  }
  if (provablyNotRun(answer)) {
    await turn.move({ to: 'anchored', change: { stageAnswer } });
    return pause(turn, answer.retryAfterMs);
  }
  await turn.note({ stageAnswer });
  if (answer.class !== 'UNKNOWN') return MOVED;
  await turn.tellUnknown({ code: 'stage-unanswered', message: answer.message, advice: LOOK_UP });
  return { kind: 'wait', ms: settleMs, slow: true };
}

/** The stage call was made, or may have been: look, and do what the table says. */
export async function resolveStage(turn: RunGroupTurn): Promise<Turn> {
  const { group, context } = turn;
  const { settings } = context;
  const answer = group.stageAnswer;
  const definite = answer?.class === 'REJECTED' || answer?.class === 'PARTIAL';
  if (!definite) {
    if (!answer) {
      const message = 'no answer to the stage call was recorded';
      await turn.tellUnknown({ code: 'stage-unanswered', message, advice: LOOK_UP });
    }
    const restMs = settings.SETTLE_MS - group.stageAgeMs;
    if (restMs > 0) return { kind: 'wait', ms: restMs, slow: true };
  }
  const look = await lookAtGroup(turn);
  if (!look.ok) return failedLook(turn, look);
  const { staged, shape } = look;
  if (staged.shape !== 'none' && !group.rowsSeen) await turn.note({ rowsSeen: true });
  // A refused key violation of our own earlier call leaves everything staged.
  if (definite && staged.shape !== 'all') return refusedStage(turn, staged.shape === 'none');
  const decided = decide({
    staged: staged.shape,
    result: shape,
    submitIntended: false,
    // What this very look saw may be the first sight of it.
    rowsSeen: group.rowsSeen,
  });
  const needed = definite ? 1 : decided.looks;
  const seen = `${staged.shape} ${staged.count} ${staged.sumMinor} ${shape}`;
  if ((await turn.seenTimes(seen)) < needed) {
    return { kind: 'wait', ms: settings.LOOK_EVERY_MS, slow: true };
  }
  return act(turn, decided, { missing: staged.missing, result: look.result });
}

async function act(
  turn: RunGroupTurn,
  decided: Decided,
  found: { missing: readonly number[]; result: Parameters<typeof postedBy>[1] | null },
): Promise<Turn> {
  const { settings } = turn.context;
  switch (decided.decision) {
    case 'load':
      return turn.move({
        to: 'anchored',
        change: { stageAnswer: null, look: null },
        audit: { action: 'run-group-found-absent', data: { because: decided.because } },
      });
    case 'go-on':
      return turn.move({
        to: 'staged',
        change: { rowsSeen: true, look: null },
        audit: { action: 'run-group-staged', data: { because: decided.because } },
      });
    case 'load-missing':
      return loadMissing(turn, found.missing);
    case 'posted':
      if (found.result) return postedBy(turn, found.result, 'another');
      break;
    case 'poll':
    case 'rejected':
    case 'person':
      break;
  }
  return turn.hold(
    {
      code: 'stage-undecided',
      message: `run group ${turn.group.runGroup}: ${decided.because}`,
      advice: `look at the run group in CloudSuite; was it interfaced by another job? (settle time ${settings.SETTLE_MS} ms is over)`,
    },
    { decision: decided.decision },
  );
}

/** A partial load: only the lines that are not there are sent, under the key they were frozen with. */
async function loadMissing(turn: RunGroupTurn, missing: readonly number[]): Promise<Turn> {
  if (turn.group.sellerState !== 'live') {
    return beginDiscard(turn, { purpose: 'stopped', refused: {}, resultId: null }, false);
  }
  const frozen = await turn.frozen();
  const lines = new Map([...frozen].filter(([sequence]) => missing.includes(sequence)));
  await turn.intend({ note: { stageIntendedAt: 'now', stageAnswer: null, look: null } });
  turn.group = { ...turn.group, stageAnswer: null, look: null, stageAgeMs: 0 };
  const answer = await turn.port.stage(turn.group, lines);
  if (provablyNotRun(answer)) {
    // The other lines are staged: the group stays where it is, and is looked at again.
    await turn.note({ stageAnswer: recorded(answer) });
    return pause(turn, answer.retryAfterMs);
  }
  return recordStage(turn, answer, turn.context.settings.SETTLE_MS);
}

/** CloudSuite named the lines it refused: their journals are rejected, the others get a new group. */
async function refusedStage(turn: RunGroupTurn, nothingStaged: boolean): Promise<Turn> {
  const answer = turn.group.stageAnswer;
  const refusedLines = new Map(answer?.refusedLines ?? []);
  const refused = await refusalsByJournal(turn, refusedLines);
  if (Object.keys(refused).length === 0) {
    return turn.hold({
      code: 'stage-refused',
      message: answer?.message ?? 'CloudSuite refused the lines',
      advice: 'the refusal names no line; correct its cause; the journals keep their place',
    });
  }
  return beginDiscard(turn, { purpose: 'rejected', refused, resultId: null }, nothingStaged);
}
