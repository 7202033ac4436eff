import { GROUP, RUN_GROUP, SEQUENCE, type Fields } from './staging-record.js';

export interface StagedRow {
  readonly enterpriseGroup: string;
  readonly sequence: string;
  /** As created; what the truth log and the ledger hold. */
  readonly fields: Fields;
  /** Text of the last failed edit; '' when none. */
  errorMessage: string;
}

interface RunGroupRows {
  readonly byKey: Map<string, StagedRow>;
  /** Rows in key order; `undefined` after a change. */
  ordered: StagedRow[] | undefined;
}

/** The staging lines of one tenant, found by run group without looking at any other run group's. */
export interface Staging {
  /** False when the key (enterprise group, run group, sequence) is still staged. */
  add(fields: Fields): boolean;
  /** Rows of a run group in key order. */
  of(runGroup: string): readonly StagedRow[];
  /** Every row of the tenant in key order; for lists that name no run group. */
  all(): StagedRow[];
  remove(runGroup: string, rows: Iterable<StagedRow>): void;
  readonly count: number;
  runGroups(): string[];
}

export function createStaging(): Staging {
  const groups = new Map<string, RunGroupRows>();
  let count = 0;

  function of(runGroup: string): readonly StagedRow[] {
    const rows = groups.get(runGroup);
    if (!rows) return [];
    rows.ordered ??= [...rows.byKey.values()].sort(byKeyOrder);
    return rows.ordered;
  }

  return {
    add(fields) {
      const runGroup = fields[RUN_GROUP] ?? '';
      const row: StagedRow = {
        enterpriseGroup: fields[GROUP] ?? '',
        sequence: fields[SEQUENCE] ?? '',
        fields,
        errorMessage: '',
      };
      let rows = groups.get(runGroup);
      if (!rows) groups.set(runGroup, (rows = { byKey: new Map(), ordered: undefined }));
      const key = keyText(row);
      if (rows.byKey.has(key)) return false;
      rows.byKey.set(key, row);
      rows.ordered = undefined;
      count += 1;
      return true;
    },
    of,
    all: () => [...groups.keys()].sort().flatMap((runGroup) => [...of(runGroup)]),
    remove(runGroup, removed) {
      const rows = groups.get(runGroup);
      if (!rows) return;
      for (const row of removed) if (rows.byKey.delete(keyText(row))) count -= 1;
      rows.ordered = undefined;
      if (rows.byKey.size === 0) groups.delete(runGroup);
    },
    get count() {
      return count;
    },
    runGroups: () => [...groups.keys()],
  };
}

function keyText(row: Pick<StagedRow, 'enterpriseGroup' | 'sequence'>): string {
  return `${row.enterpriseGroup}\n${row.sequence}`;
}

/** Enterprise group, then the sequence number as a number (at most 12 digits, so exact). */
function byKeyOrder(a: StagedRow, b: StagedRow): number {
  if (a.enterpriseGroup !== b.enterpriseGroup)
    return a.enterpriseGroup < b.enterpriseGroup ? -1 : 1;
  return a.sequence.length - b.sequence.length || (a.sequence < b.sequence ? -1 : 1);
}
