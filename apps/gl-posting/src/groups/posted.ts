import type { InterfaceResult } from '@mlc/cloudsuite';
import type { Turn } from './posting-context.js';
import { evidence, type RunGroupTurn } from './run-group-turn.js';

/** A newer result passed every line and staging is empty. */
export function postedBy(
  turn: RunGroupTurn,
  result: InterfaceResult,
  by: 'us' | 'another',
): Promise<Turn> {
  const { group } = turn;
  const resultId = result.id.toString();
  return turn.move({
    to: 'posted',
    change: { result: { ...described(result), by } },
    journals: { everyone: { state: 'posted' } },
    resultId,
    audit: {
      action: 'run-group-posted',
      data: {
        by,
        result: described(result),
        submit: group.submitAnswer ? evidence(group.submitAnswer) : null,
      },
    },
  });
}

export function described(result: InterfaceResult): Record<string, unknown> {
  return {
    id: result.id.toString(),
    complete: result.complete,
    passed: result.passed,
    failed: result.failed,
    total: result.total,
  };
}
