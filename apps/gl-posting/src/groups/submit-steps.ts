import type { InterfaceResult } from '@mlc/cloudsuite';
import { crashPoint } from '@mlc/crash-points';
import { decide } from './decision-table.js';
import { beginDiscard, refusalsByJournal } from './discard-steps.js';
import { lookAtGroup, newestResult } from './look-at-group.js';
import { pollMs, type Turn } from './posting-context.js';
import { described, postedBy } from './posted.js';
import { evidence, provablyNotRun, type RunGroupTurn } from './run-group-turn.js';
import { recorded } from './run-group-store.js';
import { failedLook, pause } from './waits.js';

const LOOKS_WITHOUT_LINE_ERRORS = 3;

/** F4, F5: count, sum and lines are read back; then the intent; then the interface is run, once. */
export async function submitGroup(turn: RunGroupTurn): Promise<Turn> {
  const { settings } = turn.context;
  if (turn.group.sellerState !== 'live') {
    return beginDiscard(turn, { purpose: 'stopped', refused: {}, resultId: null }, false);
  }
  const look = await lookAtGroup(turn);
  if (!look.ok) return failedLook(turn, look);
  const { staged } = look;
  if (staged.shape === 'none' && look.shape === 'passed' && look.result) {
    return postedBy(turn, look.result, 'another');
  }
  if (staged.shape !== 'all' || look.result) {
    if (turn.group.stageAgeMs < settings.SETTLE_MS) {
      return { kind: 'wait', ms: pollMs(settings, turn.waits), slow: turn.waits > 10 };
    }
    return turn.hold(
      {
        code: 'staged-rows-changed',
        message: `run group ${turn.group.runGroup} was staged whole; now ${staged.count} of ${turn.group.rowCount} rows are as they were sent`,
        advice:
          'somebody else interfaced, changed or deleted its rows in CloudSuite: find out who, then decide',
      },
      { shape: staged.shape, result: look.result?.id.toString() ?? null },
    );
  }
  await turn.intend({
    to: 'submit-intended',
    change: { submitIntendedAt: 'now', submitAnswer: null, look: null },
    audit: {
      action: 'run-group-submitted',
      data: { rowsRead: staged.count, sumMinor: staged.sumMinor.toString() },
    },
  });
  turn.group = { ...turn.group, state: 'submit-intended', submitAnswer: null, look: null };
  const answer = await turn.port.submit(turn.group);
  crashPoint('posting.after-submit-before-record');
  const submitAnswer = recorded(answer);
  if (provablyNotRun(answer)) {
    await turn.move({ to: 'staged', change: { submitAnswer } });
    return pause(turn, answer.retryAfterMs);
  }
  await turn.note({ submitAnswer });
  return { kind: 'wait', ms: pollMs(settings, 0) };
}

/** F5: only a newer result says that it is posted; submitting again is no option. */
export async function pollGroup(turn: RunGroupTurn): Promise<Turn> {
  const { group } = turn;
  const results = await turn.port.readResults(group);
  if (!results.ok) {
    return failedLook(turn, {
      why: results.verdict.message,
      retryAfterMs: results.verdict.retryAfterMs,
    });
  }
  if (newestResult(results.rows, group.baselineResultId)) return decideSubmitted(turn);
  return pollAgain(turn);
}

async function pollAgain(turn: RunGroupTurn): Promise<Turn> {
  const { group, context } = turn;
  const { settings } = context;
  if (group.submitAgeMs >= settings.PERSON_AFTER_MS) return noResult(turn);
  const late = group.submitAgeMs >= settings.UNKNOWN_AFTER_MS;
  if (late) {
    await turn.tellUnknown({
      code: 'no-result',
      message: `submitted, but CloudSuite shows no finished result after ${settings.UNKNOWN_AFTER_MS} ms`,
      advice: 'wait: results are read on; look at the asynchronous actions of CloudSuite',
    });
  }
  return { kind: 'wait', ms: pollMs(settings, turn.waits), slow: late };
}

function noResult(turn: RunGroupTurn): Promise<Turn> {
  return turn.hold(
    {
      code: 'submitted-without-result',
      message: `run group ${turn.group.runGroup} was submitted and never got a result`,
      advice:
        'look the run group up in CloudSuite: posted, still staged, or gone? Nothing is sent again by itself',
    },
    { submit: turn.group.submitAnswer ? evidence(turn.group.submitAnswer) : null },
  );
}

async function decideSubmitted(turn: RunGroupTurn): Promise<Turn> {
  const look = await lookAtGroup(turn);
  if (!look.ok) return failedLook(turn, look);
  if (!look.result) return pollAgain(turn);
  crashPoint('posting.after-result-before-record');
  const decided = decide({
    staged: look.staged.shape,
    result: look.shape,
    submitIntended: true,
    rowsSeen: true,
  });
  if (decided.decision === 'posted') return postedBy(turn, look.result, 'us');
  if (decided.decision === 'poll') return pollAgain(turn);
  if (decided.decision === 'rejected') return rejectedResult(turn, look.result, look.staged.errors);
  const seen = `${look.staged.shape} ${look.staged.count} ${look.shape}`;
  if ((await turn.seenTimes(seen)) < decided.looks) {
    return { kind: 'wait', ms: pollMs(turn.context.settings, turn.waits + 4) };
  }
  return turn.hold(
    {
      code: 'result-undecided',
      message: `run group ${turn.group.runGroup}: ${decided.because}`,
      advice:
        'look the run group up in CloudSuite: which lines are posted, which are still staged?',
    },
    { result: described(look.result), staged: look.staged.count },
  );
}

/** F6: errors name lines, lines name journals; those are rejected, the group is discarded. */
async function rejectedResult(
  turn: RunGroupTurn,
  result: InterfaceResult,
  errors: ReadonlyMap<number, string>,
): Promise<Turn> {
  const refused = await refusalsByJournal(turn, errors);
  if (Object.keys(refused).length > 0) {
    return beginDiscard(
      turn,
      { purpose: 'rejected', refused, resultId: result.id.toString() },
      false,
    );
  }
  // The result may be there a moment before the lines are marked.
  if ((await turn.seenTimes('failed without line errors')) < LOOKS_WITHOUT_LINE_ERRORS) {
    return { kind: 'wait', ms: pollMs(turn.context.settings, turn.waits + 4) };
  }
  return turn.hold(
    {
      code: 'rejected-without-errors',
      message: `CloudSuite failed run group ${turn.group.runGroup}, but no line says why`,
      advice:
        'look at the interface result in CloudSuite, correct the cause; the journals keep their place',
    },
    { result: described(result) },
  );
}
