import { isoInstant, type Clock } from '@mlc/kernel';
import { editLines } from './line-edit.js';
import type { StagedRow } from './staging.js';
import type { ResultRow, Tenant } from './tenant.js';
import type { TruthLog } from './truth-log.js';

export interface InterfaceRequest {
  readonly runGroup: string;
  readonly enterpriseGroup: string;
  /** Only lines of this entity; absent: all. */
  readonly accountingEntity?: string;
  readonly editOnly: boolean;
  /** False keeps the lines staged even when they are all good. */
  readonly editAndInterface: boolean;
  readonly partialUpdate: boolean;
}

/** The asynchronous actions on a run group: they end after the request that submitted them. */
export interface RunGroupActions {
  submitInterface(tenant: Tenant, request: InterfaceRequest): void;
  /** False when refused because a journalize is pending. */
  submitDelete(tenant: Tenant, runGroup: string): boolean;
  /** Actions submitted and not ended. */
  readonly pending: number;
  /** Drops what has not ended (the process is going away). */
  close(): void;
}

export function createRunGroupActions(truth: TruthLog, clock: Clock): RunGroupActions {
  const timers = new Set<NodeJS.Timeout>();

  function after(delayMs: number, work: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, delayMs);
    timers.add(timer);
  }

  return {
    submitInterface(tenant, request) {
      const { runGroup, enterpriseGroup, editOnly } = request;
      truth.append('submitted', {
        tenant: tenant.ti,
        enterpriseGroup,
        runGroup,
        editOnly,
        by: 'request',
      });
      tenant.journalizing.set(runGroup, (tenant.journalizing.get(runGroup) ?? 0) + 1);
      after(tenant.settings.interfaceDelayMs, () => {
        const left = (tenant.journalizing.get(runGroup) ?? 1) - 1;
        if (left > 0) tenant.journalizing.set(runGroup, left);
        else tenant.journalizing.delete(runGroup);
        runInterface({ tenant, request, truth, clock });
      });
    },
    submitDelete(tenant, runGroup) {
      if (tenant.journalizing.has(runGroup)) return false;
      after(tenant.settings.deleteDelayMs, () => {
        if (!tenant.journalizing.has(runGroup)) discard(tenant, runGroup, truth);
      });
      return true;
    },
    get pending() {
      return timers.size;
    },
    close() {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}

interface Run {
  readonly tenant: Tenant;
  readonly request: InterfaceRequest;
  readonly truth: TruthLog;
  readonly clock: Clock;
}

function runInterface(run: Run): void {
  const { tenant, request, truth } = run;
  const { runGroup, enterpriseGroup } = request;
  const rows = tenant.staging
    .of(runGroup)
    .filter(
      (row) =>
        row.enterpriseGroup === enterpriseGroup &&
        (request.accountingEntity === undefined ||
          row.fields['AccountingEntity'] === request.accountingEntity),
    );
  const errors = editLines(tenant, rows);
  for (const row of rows) row.errorMessage = errors.get(row) ?? '';
  const where = { tenant: tenant.ti, enterpriseGroup, runGroup };
  if (errors.size > 0) {
    truth.append('line-errors', {
      ...where,
      errors: [...errors].map(([row, message]) => ({ sequence: row.sequence, message })),
    });
  }
  const mayPost = request.editAndInterface && !request.editOnly;
  const posted = mayPost ? postable(rows, errors, request.partialUpdate) : [];
  const result = writeResult(run, { rows, errors, postedCount: posted.length });
  const resultId = result.written ? String(result.row.id) : '';
  if (posted.length > 0) {
    truth.append('posted', {
      ...where,
      resultId,
      rows: posted.map(({ sequence, fields }) => ({ sequence, fields })),
    });
    tenant.staging.remove(runGroup, posted);
    tenant.ledger.post(posted.map((row) => row.fields));
  }
  const { status, recordCount, passed, failed } = result.row;
  truth.append('interfaced', {
    ...where,
    resultId,
    status,
    recordCount,
    passed,
    failed,
    posted: posted.length > 0,
  });
}

/** With partial update off, nothing of an entity goes if any of its lines fails. */
function postable(
  rows: readonly StagedRow[],
  errors: ReadonlyMap<StagedRow, string>,
  partialUpdate: boolean,
): StagedRow[] {
  if (partialUpdate) return rows.filter((row) => !errors.has(row));
  const stopped = new Set([...errors.keys()].map((row) => row.fields['AccountingEntity']));
  return rows.filter((row) => !stopped.has(row.fields['AccountingEntity']));
}

interface Outcome {
  readonly rows: readonly StagedRow[];
  readonly errors: ReadonlyMap<StagedRow, string>;
  readonly postedCount: number;
}

function writeResult(run: Run, outcome: Outcome): { row: ResultRow; written: boolean } {
  const { tenant, request, clock } = run;
  const { rows, errors, postedCount } = outcome;
  const { settings } = tenant;
  const written =
    (rows.length > 0 || settings.emptyRunWritesResult) &&
    (!request.editOnly || settings.editOnlyWritesResult);
  const failed = failedCount(outcome, settings.failedCount === 'all' && !request.partialUpdate);
  if (written) tenant.lastResultId += 1;
  const row: ResultRow = {
    id: tenant.lastResultId,
    enterpriseGroup: request.enterpriseGroup,
    runGroup: request.runGroup,
    runTime: isoInstant(clock.now()).replace(/\D/g, '').slice(0, 16),
    status: errors.size === 0 && postedCount === rows.length ? '1' : '2',
    recordCount: rows.length,
    passed: rows.length - failed,
    failed,
  };
  if (written) {
    const rowsOf = tenant.results.get(request.runGroup);
    if (rowsOf) rowsOf.push(row);
    else tenant.results.set(request.runGroup, [row]);
  }
  return { row, written };
}

function failedCount({ rows, errors }: Outcome, wholeEntity: boolean): number {
  if (!wholeEntity) return errors.size;
  const stopped = new Set([...errors.keys()].map((row) => row.fields['AccountingEntity']));
  return rows.filter((row) => stopped.has(row.fields['AccountingEntity'])).length;
}

/** Everything staged under the run group, whatever its enterprise group: the form has no field for one. */
function discard(tenant: Tenant, runGroup: string, truth: TruthLog): void {
  const byGroup = new Map<string, StagedRow[]>();
  for (const row of tenant.staging.of(runGroup)) {
    const rows = byGroup.get(row.enterpriseGroup);
    if (rows) rows.push(row);
    else byGroup.set(row.enterpriseGroup, [row]);
  }
  for (const [enterpriseGroup, rows] of byGroup) {
    truth.append('discarded', {
      tenant: tenant.ti,
      enterpriseGroup,
      runGroup,
      sequences: rows.map((row) => row.sequence),
      by: 'request',
    });
    tenant.staging.remove(runGroup, rows);
  }
}
