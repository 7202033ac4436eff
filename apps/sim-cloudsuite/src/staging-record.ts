import { isCivilDate } from '@mlc/kernel';
import { decimalText, scaledOf } from './decimal.js';
import type { Settings } from './settings.js';

export const RUN_GROUP = 'GLTransactionInterface.RunGroup';
export const SEQUENCE = 'GLTransactionInterface.SequenceNumber';
export const GROUP = 'FinanceEnterpriseGroup';

export type Fields = Record<string, string>;

/** A record as FSM would keep it, or the text of the exception it gets. */
export type RecordReading =
  | { readonly ok: true; readonly fields: Fields }
  | { readonly ok: false; readonly fields: Fields; readonly message: string };

type Shape =
  | { readonly kind: 'text'; readonly max: number }
  | { readonly kind: 'digits'; readonly max: number }
  | { readonly kind: 'decimal'; readonly places: number }
  | { readonly kind: 'date' | 'flag' | 'status' };

/** Text whose length no source gives. */
const FREE_TEXT_MAX = 255;
const text = (max: number): Shape => ({ kind: 'text', max });
const decimal = (places: number): Shape => ({ kind: 'decimal', places });

const REPORT_AMOUNTS = [
  ...['FunctionalAmount', 'AlternateAmount', 'AlternateAmount2', 'AlternateAmount3'],
  ...['ToFunctionalAmount', 'ToAlternateAmount', 'ToAlternateAmount2', 'ToAlternateAmount3'],
  ...['ProjectAmount', 'ReportAmount1', 'ReportAmount2', 'ReportAmount3', 'ReportAmount4'],
  'ReportAmount5',
];

/** Every field a staging line can hold, with its greatest length or its format. */
const SHAPES: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  [GROUP, text(4)],
  [RUN_GROUP, text(30)],
  [SEQUENCE, { kind: 'digits', max: 12 }],
  ['AccountingEntity', text(12)],
  ['ToAccountingEntity', text(12)],
  ['AccountCode', text(26)],
  ['AccountingUnit', text(25)],
  ['OrganizationCode', text(40)],
  ['GeneralLedgerEvent', text(15)],
  ['JournalCode', text(6)],
  ['TransactionDate', { kind: 'date' }],
  ['PostingDate', { kind: 'date' }],
  ['AutoReverseDate', { kind: 'date' }],
  ['AutoReverse', { kind: 'flag' }],
  ['Reference', text(40)],
  ['Description', text(60)],
  ['CurrencyCode', text(5)],
  ['UnitsAmount', decimal(2)],
  ['TransactionAmount', decimal(3)],
  ['System', text(2)],
  ['Status', { kind: 'status' }],
  ['Project', text(25)],
  ...Array.from({ length: 10 }, (_, at): [string, Shape] => [
    `FinanceDimension${at + 1}`,
    text(15),
  ]),
  ['Ledger', text(FREE_TEXT_MAX)],
  ['DocumentNumber', text(30)],
  ['OriginatingTransaction.BusinessClassName', text(FREE_TEXT_MAX)],
  ['OriginatingTransaction.BusinessObjectKey', text(FREE_TEXT_MAX)],
  ['DrillBackLink', text(FREE_TEXT_MAX)],
  ['UniqueID', text(FREE_TEXT_MAX)],
  ['GLTObjectId', text(FREE_TEXT_MAX)],
  ...REPORT_AMOUNTS.flatMap((amount): [string, Shape][] => [
    [`ReportCurrencyAmount.${amount}.EnteredCurrencyAmount`, decimal(3)],
    [`ReportCurrencyAmount.${amount}.EnteredCurrencyRate`, decimal(12)],
  ]),
]);

const REQUIRED = [GROUP, RUN_GROUP, SEQUENCE, 'AccountingEntity', 'AccountCode', 'PostingDate'];

/** Fields a list of staging lines may ask for. */
export const STAGING_FIELDS: ReadonlySet<string> = new Set([
  ...SHAPES.keys(),
  'ErrorMessage',
  'IsErrorTransaction',
]);

/**
 * Reads one element of `_records`: values normalised as FSM echoes them (three decimals, `false` for
 * `N`, run group in upper case), empty values left out, names FSM does not know ignored.
 */
export function readRecord(record: unknown, settings: Settings): RecordReading {
  const given = isObject(record) ? record['_fields'] : undefined;
  const fields: Fields = {};
  let message: string | undefined;
  if (!isObject(given)) return { ok: false, fields, message: '_fields is required' };
  for (const [name, value] of Object.entries(given)) {
    const shape = SHAPES.get(name);
    if (!shape || value === '') continue;
    const kept = keptValue(value, shape, settings);
    if (kept === undefined) message ??= `${name}: ${complaint(shape)}`;
    else fields[name] = kept;
  }
  const runGroup = fields[RUN_GROUP];
  if (runGroup !== undefined) fields[RUN_GROUP] = runGroup.toUpperCase();
  if (message === undefined) {
    const missing = REQUIRED.find((name) => fields[name] === undefined);
    if (missing !== undefined) message = `${missing} is required`;
  }
  if (isObject(record) && record['message'] !== 'BatchImport') message ??= 'message is required';
  if (message !== undefined) return { ok: false, fields, message };
  fields['Status'] ??= '0';
  return { ok: true, fields };
}

function keptValue(value: unknown, shape: Shape, settings: Settings): string | undefined {
  if (typeof value !== 'string') return undefined;
  switch (shape.kind) {
    case 'text':
      if (value.length <= shape.max) return value;
      return settings.overlength === 'cut' ? value.slice(0, shape.max) : undefined;
    case 'digits':
      return /^\d+$/.test(value) && value.length <= shape.max
        ? BigInt(value).toString()
        : undefined;
    case 'decimal': {
      const scaled = scaledOf(value, shape.places);
      return scaled === undefined ? undefined : decimalText(scaled, shape.places);
    }
    case 'date':
      return isCompactDate(value) ? value : undefined;
    case 'flag':
      return FLAGS[value];
    case 'status':
      return /^[0-3]$/.test(value) ? value : undefined;
  }
}

const FLAGS: Readonly<Record<string, string>> = {
  N: 'false',
  Y: 'true',
  false: 'false',
  true: 'true',
};

function complaint(shape: Shape): string {
  switch (shape.kind) {
    case 'text':
      return `must be text of at most ${shape.max} characters`;
    case 'digits':
      return `must be at most ${shape.max} digits`;
    case 'decimal':
      return `is not numeric with at most ${shape.places} decimals`;
    case 'date':
      return 'is not a date in the format YYYYMMDD';
    case 'flag':
      return 'is not a yes or no value';
    case 'status':
      return 'is not one of 0, 1, 2, 3';
  }
}

/** Answers about dates already asked; a batch names the same few days hundreds of times. */
const knownDates = new Map<string, boolean>();
const KNOWN_DATES_MAX = 4096;

/** `YYYYMMDD` of a day that exists. */
function isCompactDate(value: string): boolean {
  const known = knownDates.get(value);
  if (known !== undefined) return known;
  const parts = /^(\d{4})(\d{2})(\d{2})$/.exec(value);
  if (!parts) return false;
  const exists = isCivilDate(`${parts[1]}-${parts[2]}-${parts[3]}`);
  if (knownDates.size >= KNOWN_DATES_MAX) knownDates.clear();
  knownDates.set(value, exists);
  return exists;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
