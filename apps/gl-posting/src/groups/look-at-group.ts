import type { InterfaceResult, StagedLine, Verdict } from '@mlc/cloudsuite';
import type { ResultShape, StagedShape } from './decision-table.js';
import type { RunGroupTurn } from './run-group-turn.js';

export interface StagedComparison {
  readonly shape: StagedShape;
  /** Sequence numbers that were frozen and are not there. */
  readonly missing: readonly number[];
  /** Staged lines that carry an error text. */
  readonly errors: ReadonlyMap<number, string>;
  readonly count: number;
  readonly sumMinor: bigint;
}

/** Compares what is staged with what was frozen: count, sum, and each line's amount, account and reference. */
export function compareStaged(
  frozen: ReadonlyMap<number, StagedLine>,
  staged: readonly StagedLine[],
): StagedComparison {
  const seen = new Set<number>();
  const errors = new Map<number, string>();
  let sumMinor = 0n;
  let foreign = false;
  for (const row of staged) {
    const wanted = frozen.get(row.sequence);
    const same =
      wanted !== undefined &&
      !seen.has(row.sequence) &&
      wanted.amountMinor === row.amountMinor &&
      wanted.account === row.account &&
      wanted.reference === row.reference;
    if (!same) foreign = true;
    seen.add(row.sequence);
    sumMinor += row.amountMinor ?? 0n;
    if (row.error !== '') errors.set(row.sequence, row.error);
  }
  const missing = [...frozen.keys()].filter((sequence) => !seen.has(sequence));
  return {
    shape: shapeOf({ staged: staged.length, missing: missing.length, foreign }),
    missing,
    errors,
    count: staged.length,
    sumMinor,
  };
}

function shapeOf(of: { staged: number; missing: number; foreign: boolean }): StagedShape {
  if (of.staged === 0) return 'none';
  if (of.foreign) return 'other';
  return of.missing === 0 ? 'all' : 'some';
}

/** F5: the highest result above the baseline counts, whatever order they came in. */
export function newestResult(
  results: readonly InterfaceResult[],
  baseline: bigint,
): InterfaceResult | null {
  return results.reduce<InterfaceResult | null>(
    (newest, result) => (result.id > (newest?.id ?? baseline) ? result : newest),
    null,
  );
}

export function resultShape(result: InterfaceResult | null, rowCount: number): ResultShape {
  if (!result) return 'none';
  if (result.complete && result.failed === 0 && result.passed === rowCount) return 'passed';
  return result.failed > 0 ? 'failed' : 'unclear';
}

export type GroupLook =
  | {
      readonly ok: true;
      readonly staged: StagedComparison;
      readonly result: InterfaceResult | null;
      readonly shape: ResultShape;
    }
  | { readonly ok: false; readonly why: string; readonly retryAfterMs: number | null };

/** Both lists at once, or the first reason why they could not be read. */
export async function lookAtGroup(turn: RunGroupTurn): Promise<GroupLook> {
  const { port, group } = turn;
  const [results, staged] = await Promise.all([
    port.readResults(group),
    port.readStaged(group, group.rowCount, group.currency),
  ]);
  if (!results.ok) return notRead(results.verdict);
  if (!staged.ok) return notRead(staged.verdict);
  const frozen = staged.rows.length === 0 ? NOTHING : await turn.thawed();
  const result = newestResult(results.rows, group.baselineResultId);
  return {
    ok: true,
    staged: compareStaged(frozen, staged.rows),
    result,
    shape: resultShape(result, group.rowCount),
  };
}

const NOTHING: ReadonlyMap<number, StagedLine> = new Map();

function notRead(verdict: Verdict): GroupLook {
  return { ok: false, why: verdict.message, retryAfterMs: verdict.retryAfterMs };
}
