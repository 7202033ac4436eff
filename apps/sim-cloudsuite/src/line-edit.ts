import { amountOf } from './ledger.js';
import type { StagedRow } from './staging.js';
import type { Tenant } from './tenant.js';

/** The interface's edit of a run group's lines: the error text of each line that fails. */
export function editLines(tenant: Tenant, rows: readonly StagedRow[]): Map<StagedRow, string> {
  const errors = new Map<StagedRow, string>();
  const periods = new Map<string, boolean>();
  const entities = new Map(tenant.definition.accountingEntities.map((one) => [one.code, one]));
  for (const row of rows) {
    const message =
      entityError(row, entities) ??
      accountError(tenant, row) ??
      unitError(tenant, row) ??
      currencyError(tenant, row) ??
      periodError(tenant, row, periods);
    if (message !== undefined) errors.set(row, message);
  }
  if (tenant.settings.refuseUnbalanced) addUnbalanced(rows, errors);
  return errors;
}

function entityError(row: StagedRow, entities: ReadonlyMap<string, unknown>): string | undefined {
  for (const name of ['AccountingEntity', 'ToAccountingEntity']) {
    const code = row.fields[name];
    if (code !== undefined && !entities.has(code))
      return `Accounting Entity ${code} does not exist`;
  }
  return undefined;
}

function accountError(tenant: Tenant, row: StagedRow): string | undefined {
  const account = row.fields['AccountCode'] ?? '';
  const entry =
    row.enterpriseGroup === tenant.definition.enterpriseGroup && tenant.chart.get(account);
  if (!entry) return `Account ${account} does not exist`;
  if (!entry.active) return `Account ${account} is not active`;
  if (entry.restricted) return `Account ${account} is restricted by system`;
  return undefined;
}

function unitError(tenant: Tenant, row: StagedRow): string | undefined {
  const units = tenant.definition.accountingUnits;
  const unit = row.fields['AccountingUnit'];
  if (!units || (unit !== undefined && units.includes(unit))) return undefined;
  return unit === undefined
    ? 'Accounting Unit is required'
    : `Accounting Unit ${unit} does not exist`;
}

function currencyError(tenant: Tenant, row: StagedRow): string | undefined {
  const currency = row.fields['CurrencyCode'];
  if (currency === undefined) return undefined;
  const known = tenant.definition.accountingEntities.some((entity) => entity.currency === currency);
  return known ? undefined : `Currency ${currency} does not exist`;
}

const MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September'],
  ...['October', 'November', 'December'],
];

/** A closed period and a date outside all periods read the same: the one text ever observed. */
function periodError(
  tenant: Tenant,
  row: StagedRow,
  known: Map<string, boolean>,
): string | undefined {
  const compact = row.fields['PostingDate'] ?? '';
  const [year, month, day] = [compact.slice(0, 4), compact.slice(4, 6), compact.slice(6, 8)];
  let open = known.get(compact);
  if (open === undefined) {
    const date = `${year}-${month}-${day}`;
    open = tenant.definition.periods.some((one) => one.open && one.from <= date && date <= one.to);
    known.set(compact, open);
  }
  if (open) return undefined;
  const monthName = MONTHS[Number(month) - 1];
  return `No period found for Posting Date ${monthName} ${Number(day)}, ${year}`;
}

function addUnbalanced(rows: readonly StagedRow[], errors: Map<StagedRow, string>): void {
  const sums = new Map<string, bigint>();
  const key = ({ fields }: StagedRow) =>
    `${fields['AccountingEntity']} ${fields['CurrencyCode'] ?? ''} ${fields['PostingDate']}`;
  for (const row of rows) sums.set(key(row), (sums.get(key(row)) ?? 0n) + amountOf(row.fields));
  for (const row of rows) {
    if (sums.get(key(row)) !== 0n && !errors.has(row)) errors.set(row, 'Journal is out of balance');
  }
}
