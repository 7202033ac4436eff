import type { LedgerRef } from '@mlc/kernel';
import type { Verdict } from './response-class.js';

/** One group of lines in one ledger; every call is about one of these. */
export interface RunGroupRef {
  readonly ledger: LedgerRef;
  /** `[A-Z0-9]`, at most 30, never used twice in a CloudSuite tenant. */
  readonly runGroup: string;
}

/** A GL line as any CloudSuite dialect needs it. */
export interface LedgerLine {
  /** 1, 2, 3 … within the run group. */
  readonly sequence: number;
  readonly account: string;
  readonly accountingUnit: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** Signed, credit negative, in minor units of `currency`. */
  readonly amountMinor: bigint;
  readonly currency: string;
  /** Civil dates, `YYYY-MM-DD`. */
  readonly transactionDate: string;
  readonly postingDate: string;
  readonly reference: string;
  readonly description: string;
  readonly documentNumber: string;
  readonly trace: { readonly field: TraceField; readonly text: string };
}

export type TraceField = 'UniqueID' | 'OriginatingTransaction.BusinessObjectKey';

/** A line as it is found staged; `amountMinor` is null when the amount read is not an exact one. */
export interface StagedLine {
  readonly sequence: number;
  readonly amountMinor: bigint | null;
  readonly account: string;
  readonly reference: string;
  readonly error: string;
}

/** One run of the interface over a run group; ids grow. */
export interface InterfaceResult {
  readonly id: bigint;
  readonly complete: boolean;
  readonly passed: number;
  readonly failed: number;
  readonly total: number;
}

export interface ChartAccount {
  readonly account: string;
  readonly name: string;
  readonly active: boolean;
  /** Set: only CloudSuite's own subledgers may post to it (ledger rule C7). */
  readonly restriction: string;
}

export type Look<T> =
  | { readonly ok: true; readonly rows: readonly T[]; readonly verdict: Verdict }
  | { readonly ok: false; readonly verdict: Verdict };

export interface StageAnswer extends Verdict {
  /** What CloudSuite said of single lines: sequence number to its text. */
  readonly refusedLines: ReadonlyMap<number, string>;
}

/**
 * A ledger we can post to. No call is ever repeated by itself; a verdict of UNKNOWN means that the
 * effect must be looked up. `stage` takes frozen bytes made by `freezeLine`, one text per line.
 */
export interface LedgerPort {
  /** The wire form of one line, fixed for ever when the run group is frozen (ledger rule F1). */
  freezeLine(group: RunGroupRef, line: LedgerLine): string;
  /** What of a frozen line can be compared with a staged one. */
  thawLine(frozen: string, currency: string): StagedLine;
  stage(group: RunGroupRef, frozen: ReadonlyMap<number, string>): Promise<StageAnswer>;
  readStaged(group: RunGroupRef, expectedRows: number, currency: string): Promise<Look<StagedLine>>;
  submit(group: RunGroupRef): Promise<Verdict>;
  readResults(group: RunGroupRef): Promise<Look<InterfaceResult>>;
  discard(group: RunGroupRef): Promise<Verdict>;
  listChart(ledger: LedgerRef): Promise<Look<ChartAccount>>;
}
