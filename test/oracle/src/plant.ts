import { closeSync, copyFileSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { civilDate, civilDateOfText } from './civil-date.js';
import { formatAmount, parseAmount } from './exact.js';
import { findTarget, type PlantTarget } from './plant-target.js';
import { CannotRead, truthRecords, type TruthRecord } from './truth-file.js';

type Fields = Readonly<Record<string, string>>;
type Row = { readonly sequence: string; readonly fields: Fields };
type RowEdit = (row: Row, target: PlantTarget) => Row | null;

type Plant = {
  /** The finding the oracle has to make. */
  readonly code: string;
  /** Changes or drops the rows of the chosen purchase order, in staging and ledger alike. */
  readonly edit?: RowEdit;
  /** Records added at the end of the CloudSuite log (without `seq`, `at`, `system`). */
  readonly append?: (target: PlantTarget) => readonly TruthRecord[];
  /** Records added at the end of the Walmart log. */
  readonly appendToWalmart?: (target: PlantTarget) => readonly TruthRecord[];
};

const CENT = 10_000n;
const DAY_MS = 86_400_000;

const PLANTS = {
  'journal-posted-twice': { code: 'posted-twice', append: sentAgain('ORACLEPLANTED1') },
  'run-group-posted-twice': {
    code: 'row-posted-twice',
    append: (target) => [ledgerRecord('posted', target, { runGroup: target.runGroup })],
  },
  'line-dropped': { code: 'line-missing', edit: () => null },
  'wrong-cent': {
    code: 'wrong-amount',
    edit: editPair((amount) => amount + (amount > 0n ? CENT : -CENT)),
  },
  'wrong-account': {
    code: 'wrong-account',
    edit: editCredit((fields, { otherAccount }) => ({ ...fields, AccountCode: otherAccount })),
  },
  'tax-as-revenue': {
    code: 'tax-as-revenue',
    edit: editPair((amount, { tax }) => amount + (amount > 0n ? tax : -tax)),
  },
  'foreign-line': {
    code: 'foreign-line',
    append: sentAgain('ORACLEPLANTED2', { Reference: 'NOT-A-WALMART-ORDER' }),
  },
  'wrong-date': {
    code: 'wrong-date',
    edit: (row) => ({
      ...row,
      fields: {
        ...row.fields,
        TransactionDate: nextDay(row.fields['TransactionDate']),
        PostingDate: nextDay(row.fields['PostingDate']),
      },
    }),
  },
  'wrong-currency': {
    code: 'wrong-currency',
    edit: (row) => ({ ...row, fields: { ...row.fields, CurrencyCode: 'CAD' } }),
  },
  unbalanced: {
    code: 'unbalanced',
    edit: editCredit((fields) => ({
      ...fields,
      TransactionAmount: amountText(amountOf(fields) - CENT),
    })),
  },
  'left-in-staging': {
    code: 'left-in-staging',
    append: (target) => [ledgerRecord('staged', target, { runGroup: 'ORACLEPLANTED3' })],
  },
  'second-send': {
    code: 'second-send',
    append: (target) => [submittedRecord(target, target.runGroup)],
  },
  'write-to-walmart': {
    code: 'write-to-walmart',
    appendToWalmart: ({ purchaseOrderId, walmartSellerId }) => [
      {
        kind: 'request',
        conn: 1,
        method: 'POST',
        path: `/v3/orders/${purchaseOrderId}/acknowledge`,
        status: 200,
        account: walmartSellerId,
        outcome: 'violation',
        note: 'planted',
      },
    ],
  },
} as const satisfies Record<string, Plant>;

export type PlantKind = keyof typeof PLANTS;
export const PLANT_KINDS = Object.keys(PLANTS) as PlantKind[];

export type PlantedCopies = {
  readonly walmartTruth: string;
  readonly cloudsuiteTruth: string;
  /** The code of the finding the oracle has to make on the copies. */
  readonly code: string;
  readonly purchaseOrderId: string;
};

/** Copies real truth logs into the folder `out` with one error planted in one purchase order. */
export function plantError(
  kind: PlantKind,
  files: { walmartTruth: string; cloudsuiteTruth: string; out: string },
): PlantedCopies {
  const plant: Plant = PLANTS[kind];
  const target = findTarget(files, { needsTax: kind === 'tax-as-revenue' });
  mkdirSync(files.out, { recursive: true });
  const copies = {
    walmartTruth: join(files.out, 'walmart.truth.jsonl'),
    cloudsuiteTruth: join(files.out, 'cloudsuite.truth.jsonl'),
  };
  if (copies.walmartTruth === files.walmartTruth) {
    throw new CannotRead('Copies cannot be written over the logs themselves');
  }
  if (plant.appendToWalmart) {
    rewrite('walmart', files.walmartTruth, copies.walmartTruth, {
      change: (record) => record,
      append: plant.appendToWalmart(target),
    });
  } else copyFileSync(files.walmartTruth, copies.walmartTruth);
  const edit = plant.edit;
  rewrite('cloudsuite', files.cloudsuiteTruth, copies.cloudsuiteTruth, {
    change: (record) => (edit ? editRecord(record, target, edit) : record),
    append: plant.append?.(target) ?? [],
  });
  return { ...copies, code: plant.code, purchaseOrderId: target.purchaseOrderId };
}

function editRecord(record: TruthRecord, target: PlantTarget, edit: RowEdit): TruthRecord {
  const { kind, tenant, runGroup, rows } = record;
  if (kind !== 'staged' && kind !== 'posted') return record;
  if (tenant !== target.tenant || runGroup !== target.runGroup || !Array.isArray(rows)) {
    return record;
  }
  return {
    ...record,
    rows: (rows as Row[]).flatMap((row) => {
      if (row.fields['Reference']?.trim() !== target.purchaseOrderId) return [row];
      const edited = edit(row, target);
      return edited ? [edited] : [];
    }),
  };
}

/** Changes the amounts of the first debit and the first credit row, so that both still balance. */
function editPair(change: (amount: bigint, target: PlantTarget) => bigint): RowEdit {
  return (row, target) =>
    row.sequence === target.debit.sequence || row.sequence === target.credit.sequence
      ? {
          ...row,
          fields: {
            ...row.fields,
            TransactionAmount: amountText(change(amountOf(row.fields), target)),
          },
        }
      : row;
}

function editCredit(change: (fields: Fields, target: PlantTarget) => Fields): RowEdit {
  return (row, target) =>
    row.sequence === target.credit.sequence ? { ...row, fields: change(row.fields, target) } : row;
}

function sentAgain(runGroup: string, fields: Fields = {}) {
  return (target: PlantTarget): readonly TruthRecord[] => [
    ledgerRecord('staged', target, { runGroup, fields }),
    submittedRecord(target, runGroup),
    ledgerRecord('posted', target, { runGroup, fields }),
  ];
}

function ledgerRecord(
  kind: 'staged' | 'posted',
  target: PlantTarget,
  { runGroup, fields = {} }: { runGroup: string; fields?: Fields },
): TruthRecord {
  const { tenant, enterpriseGroup } = target;
  const rows = target.rows.map((row) => ({ ...row, fields: { ...row.fields, ...fields } }));
  return { kind, tenant, enterpriseGroup, runGroup, resultId: 'planted', rows };
}

function submittedRecord(target: PlantTarget, runGroup: string): TruthRecord {
  const { tenant, enterpriseGroup } = target;
  return { kind: 'submitted', tenant, enterpriseGroup, runGroup, editOnly: false, by: 'request' };
}

function rewrite(
  system: 'walmart' | 'cloudsuite',
  from: string,
  to: string,
  plan: { change: (record: TruthRecord) => TruthRecord; append: readonly TruthRecord[] },
): void {
  const out = openSync(to, 'w');
  try {
    let last: TruthRecord = { seq: 0, at: '', system };
    for (const record of truthRecords(from, system)) {
      last = plan.change(record);
      writeSync(out, `${JSON.stringify(last)}\n`);
    }
    let seq = Number(last['seq']);
    for (const record of plan.append) {
      seq += 1;
      writeSync(out, `${JSON.stringify({ seq, at: last['at'], system, ...record })}\n`);
    }
  } finally {
    closeSync(out);
  }
}

function amountOf(fields: Fields): bigint {
  return parseAmount(fields['TransactionAmount'] ?? '');
}

/** With three decimals, as FSM keeps amounts. */
function amountText(amount: bigint): string {
  const text = formatAmount(amount);
  return /\.\d\d$/.test(text) ? `${text}0` : text;
}

function nextDay(text: string | undefined): string {
  const date = civilDateOfText(text ?? '');
  if (date === null) throw new CannotRead(`"${text ?? ''}" is not a date`);
  return civilDate(Date.parse(`${date}T00:00:00Z`) + DAY_MS, 'UTC').replaceAll('-', '');
}

/** Whether a text names a kind of planted error. */
export function isPlantKind(text: string): text is PlantKind {
  return Object.hasOwn(PLANTS, text);
}
