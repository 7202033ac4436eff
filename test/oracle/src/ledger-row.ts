import { sellerName, type Place, type PurchaseOrder } from './books.js';
import { civilDateOfText } from './civil-date.js';
import { formatAmount, parseAmount } from './exact.js';
import type { Findings } from './findings.js';
import { dimensionsText, type SellerPolicy } from './policy.js';
import { isRecord, textOf, type TruthRecord } from './truth-file.js';

export type LedgerRow = {
  readonly tenant: string;
  readonly enterpriseGroup: string;
  readonly accountingEntity: string;
  readonly runGroup: string;
  readonly sequence: string;
  readonly purchaseOrderId: string;
  readonly documentNumber: string;
  /** `SALE`, `CANCEL`, `CORRECT`, …: the first word of the description. */
  readonly revisionKind: string;
  readonly currency: string;
  /** Signed millionths, debit positive. */
  readonly amount: bigint;
  /** Account, unit, dimensions; dated by TransactionDate. */
  readonly place: Place;
  readonly postingDate: string;
};

type RowContext = {
  readonly record: TruthRecord;
  readonly runGroup: string;
  readonly findings: Findings;
};

/** Reads one row as FSM keeps it; a row that cannot be read is a finding, and null. */
export function readRow(raw: TruthRecord, context: RowContext): LedgerRow | null {
  const { record, runGroup, findings } = context;
  const sequence = textOf(raw, 'sequence');
  const fields = isRecord(raw['fields']) ? raw['fields'] : {};
  const field = (name: string): string => {
    const value = fields[name];
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    return typeof value === 'string' ? value.trim() : '';
  };
  const purchaseOrderId = field('Reference');
  try {
    const row: LedgerRow = {
      tenant: textOf(record, 'tenant'),
      enterpriseGroup: field('FinanceEnterpriseGroup') || textOf(record, 'enterpriseGroup'),
      accountingEntity: field('AccountingEntity'),
      runGroup,
      sequence,
      purchaseOrderId,
      documentNumber: field('DocumentNumber'),
      revisionKind: /^[A-Z]+/.exec(field('Description'))?.[0] ?? '',
      currency: field('CurrencyCode'),
      amount: parseAmount(field('TransactionAmount')),
      place: {
        account: field('AccountCode'),
        accountingUnit: field('AccountingUnit'),
        dimensions: dimensionsText(dimensionFields(fields)),
        date: dateOf(field('TransactionDate'), 'TransactionDate'),
      },
      postingDate: dateOf(field('PostingDate'), 'PostingDate'),
    };
    checkEnterpriseGroup(row, context);
    return row;
  } catch (error) {
    findings.add({
      code: 'unreadable-row',
      seller: null,
      purchaseOrderId,
      message: `Row ${sequence} of run group ${runGroup} in the ledger cannot be read: ${String(error)}`,
    });
    return null;
  }
}

function checkEnterpriseGroup(row: LedgerRow, { record, findings }: RowContext): void {
  const actual = textOf(record, 'enterpriseGroup');
  if (row.enterpriseGroup === actual) return;
  findings.add({
    code: 'wrong-enterprise-group',
    seller: null,
    purchaseOrderId: row.purchaseOrderId,
    expected: actual,
    actual: row.enterpriseGroup,
    message: `Row ${row.sequence} of run group ${row.runGroup} names enterprise group ${row.enterpriseGroup} but was posted in ${actual}`,
  });
}

function* dimensionFields(fields: TruthRecord): Generator<readonly [string, string]> {
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value !== 'string') continue;
    if (/^FinanceDimension\d+$/.test(name) || name === 'Project') yield [name, value];
  }
}

function dateOf(text: string, field: string): string {
  const date = civilDateOfText(text);
  if (date === null) throw new RangeError(`${field} "${text}" is not a date`);
  return date;
}

type OrderContext = {
  readonly order: PurchaseOrder;
  readonly policy: SellerPolicy;
  readonly findings: Findings;
};

/** What a single row of a known order must say, whatever its amount and account. */
export function checkPostedRow(row: LedgerRow, context: OrderContext): void {
  const { order, policy, findings } = context;
  const wrong = (code: string, texts: { expected: string; actual: string; what: string }): void => {
    findings.add({
      code,
      seller: sellerName(policy),
      purchaseOrderId: row.purchaseOrderId,
      expected: texts.expected,
      actual: texts.actual,
      message: `Order ${row.purchaseOrderId}: ${texts.what} is ${texts.actual || 'blank'} where ${texts.expected} is right (${formatAmount(row.amount)} on account ${row.place.account}, run group ${row.runGroup} row ${row.sequence})`,
    });
  };
  if (row.currency !== policy.currency) {
    wrong('wrong-currency', {
      expected: policy.currency,
      actual: row.currency,
      what: 'the currency',
    });
  }
  if (row.documentNumber !== order.customerOrderId) {
    wrong('wrong-document', {
      expected: order.customerOrderId,
      actual: row.documentNumber,
      what: 'the document number',
    });
  }
  if (!postingDates(row, order).includes(row.postingDate)) {
    wrong('wrong-posting-date', {
      expected: row.place.date,
      actual: row.postingDate,
      what: 'the posting date',
    });
  }
  checkRevisionOrder(row, context);
}

/** A sale posts on its own date; a cancel or correction may also post on a later status date. */
function postingDates(row: LedgerRow, order: PurchaseOrder): readonly string[] {
  const own = row.place.date;
  return row.revisionKind === 'SALE' ? [own] : [own, ...order.statusDates];
}

function checkRevisionOrder(row: LedgerRow, { order, policy, findings }: OrderContext): void {
  if (row.revisionKind === 'SALE') {
    order.saleSeen = true;
    return;
  }
  const common = {
    seller: sellerName(policy),
    purchaseOrderId: row.purchaseOrderId,
    actual: row.revisionKind,
  };
  if (row.revisionKind === '') {
    findings.add({
      ...common,
      code: 'revision-unnamed',
      message: `Order ${row.purchaseOrderId}: row ${row.sequence} of run group ${row.runGroup} does not begin its description with the kind of revision`,
    });
    return;
  }
  if (row.revisionKind === 'CANCEL') order.cancelSeen = true;
  if (order.saleSeen) return;
  findings.add({
    ...common,
    code: 'revision-before-sale',
    message: `Order ${row.purchaseOrderId}: a ${row.revisionKind} was posted before its SALE (run group ${row.runGroup} row ${row.sequence})`,
  });
}
