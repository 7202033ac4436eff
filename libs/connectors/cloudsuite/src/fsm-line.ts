import { canonicalJson, invariant } from '@mlc/kernel';
import { amountText, dateText, decimalsOf, minorOf } from './amount-text.js';
import { boundedJson, membersOf, textOf } from './bounded-json.js';
import { FIELD_LENGTHS, RUN_GROUP, SEQUENCE } from './fsm-names.js';
import type { LedgerLine, RunGroupRef, StagedLine } from './ledger-port.js';
import { sequenceNumber } from './stage-answer.js';

/** Ledger rule F8: one record of the batch create, every value a text. */
export function freezeFsmLine({ ledger, runGroup }: RunGroupRef, line: LedgerLine): string {
  const fields: Record<string, string> = {
    FinanceEnterpriseGroup: ledger.enterpriseGroup,
    [RUN_GROUP]: runGroup,
    [SEQUENCE]: String(line.sequence),
    AccountingEntity: ledger.accountingEntity,
    ToAccountingEntity: ledger.accountingEntity,
    Status: '0',
    System: 'GL',
    GeneralLedgerEvent: 'JE',
    AutoReverse: 'N',
    AccountCode: line.account,
    CurrencyCode: line.currency,
    TransactionAmount: amountText(line.amountMinor, decimalsOf(line.currency)),
    UnitsAmount: '0',
    TransactionDate: dateText(line.transactionDate),
    PostingDate: dateText(line.postingDate),
    Reference: line.reference,
    Description: line.description,
    DocumentNumber: line.documentNumber,
    [line.trace.field]: line.trace.text,
  };
  if (line.accountingUnit !== '') fields['AccountingUnit'] = line.accountingUnit;
  for (const [dimension, value] of Object.entries(line.dimensions)) {
    fields[`FinanceDimension${dimension}`] = value;
  }
  return canonicalJson({ message: 'BatchImport', _fields: fields });
}

/** Reads back what {@link freezeFsmLine} wrote. */
export function thawFsmLine(frozen: string, currency: string): StagedLine {
  const fields = membersOf(membersOf(boundedJson(frozen))?.get('_fields'));
  const sequence = sequenceNumber(textOf(fields?.get(SEQUENCE)));
  const amountMinor = minorOf(textOf(fields?.get('TransactionAmount')) ?? '', decimalsOf(currency));
  invariant(sequence !== null && amountMinor !== null, 'a frozen line does not read back');
  const text = (field: string) => (textOf(fields?.get(field)) ?? '').trim();
  return {
    sequence,
    amountMinor,
    account: text('AccountCode'),
    reference: text('Reference'),
    error: '',
  };
}

/** The first field whose text would not fit, with its limit; ids are never cut to fit. */
export function overlongField(
  line: Omit<LedgerLine, 'sequence' | 'postingDate'>,
): { field: string; limit: number } | null {
  const checks: readonly [string, string, number][] = [
    ['AccountCode', line.account, FIELD_LENGTHS.AccountCode],
    ['AccountingUnit', line.accountingUnit, FIELD_LENGTHS.AccountingUnit],
    ['Reference', line.reference, FIELD_LENGTHS.Reference],
    ['Description', line.description, FIELD_LENGTHS.Description],
    ['DocumentNumber', line.documentNumber, FIELD_LENGTHS.DocumentNumber],
    ['CurrencyCode', line.currency, FIELD_LENGTHS.CurrencyCode],
    [line.trace.field, line.trace.text, FIELD_LENGTHS.Trace],
    ...Object.entries(line.dimensions).map(([number, value]): [string, string, number] => [
      `FinanceDimension${number}`,
      value,
      FIELD_LENGTHS.FinanceDimension,
    ]),
  ];
  const found = checks.find(([, text, limit]) => text.length > limit);
  return found ? { field: found[0], limit: found[2] } : null;
}
