import type { Filter } from './filter.js';
import { GROUP, RUN_GROUP, SEQUENCE, STAGING_FIELDS, type Fields } from './staging-record.js';
import type { StagedRow } from './staging.js';
import type { ResultRow, Tenant } from './tenant.js';

/** A business class that `lists/_generic` serves. */
export interface BusinessClass {
  readonly name: string;
  readonly fields: ReadonlySet<string>;
  /** Key fields in order; a `next` link carries the last row's. */
  readonly key: readonly string[];
  /** Candidate rows in key order: all that can match `filter`, found without a scan where possible. */
  rows(tenant: Tenant, filter: Filter): readonly Fields[];
}

const STAGING_KEY = [GROUP, RUN_GROUP, SEQUENCE];

const stagingClass: BusinessClass = {
  name: 'GLTransactionInterface',
  fields: STAGING_FIELDS,
  key: STAGING_KEY,
  rows(tenant, filter) {
    const runGroup = filter.required.get(RUN_GROUP);
    const rows = runGroup === undefined ? tenant.staging.all() : tenant.staging.of(runGroup);
    return rows.map(listedRow);
  },
};

function listedRow(row: StagedRow): Fields {
  if (row.errorMessage === '') return row.fields;
  return { ...row.fields, ErrorMessage: row.errorMessage, IsErrorTransaction: 'true' };
}

const resultClass: BusinessClass = {
  name: 'GLTransactionInterfaceResult',
  fields: new Set([
    ...[GROUP, 'GLTransactionInterfaceResult', 'RunGroup', 'RunTime', 'Status'],
    ...['RecordCount', 'PassedCount', 'FailedCount'],
  ]),
  key: [GROUP, 'GLTransactionInterfaceResult'],
  rows(tenant, filter) {
    const runGroup = filter.required.get('RunGroup');
    const rows =
      runGroup === undefined
        ? [...tenant.results.values()].flat().sort((a, b) => a.id - b.id)
        : (tenant.results.get(runGroup) ?? []);
    return rows.map(resultFields);
  },
};

function resultFields(row: ResultRow): Fields {
  return {
    FinanceEnterpriseGroup: row.enterpriseGroup,
    GLTransactionInterfaceResult: String(row.id),
    RunGroup: row.runGroup,
    RunTime: row.runTime,
    Status: row.status,
    RecordCount: String(row.recordCount),
    PassedCount: String(row.passed),
    FailedCount: String(row.failed),
  };
}

const chartClass: BusinessClass = {
  name: 'GeneralLedgerChartAccount',
  fields: new Set([
    ...[GROUP, 'GeneralLedgerChartAccount', 'Account', 'AccountDescription', 'AccountType'],
    ...['NaturalBalance', 'Active', 'RequireProject', 'AllowUnits', 'Currency', 'ChartType'],
    'SystemRestriction',
  ]),
  key: [GROUP, 'GeneralLedgerChartAccount'],
  rows: ({ definition, chart }) =>
    [...chart.values()]
      .sort((a, b) => (a.account < b.account ? -1 : 1))
      .map((entry) => ({
        FinanceEnterpriseGroup: definition.enterpriseGroup,
        GeneralLedgerChartAccount: entry.account,
        Account: entry.account,
        AccountDescription: entry.description,
        Active: String(entry.active),
        RequireProject: 'false',
        ChartType: '2',
        SystemRestriction: entry.restricted ? 'AR' : '',
      })),
};

const entityClass: BusinessClass = {
  name: 'AccountingEntity',
  fields: new Set([
    ...[GROUP, 'AccountingEntity', 'DisplayAccountingEntity', 'Name', 'FunctionalCurrency'],
    ...['Status', 'AutoBalance', 'CurrentPeriodEndDate', 'PostingCategory'],
  ]),
  key: [GROUP, 'AccountingEntity'],
  rows: ({ definition }) => {
    const end = definition.periods.findLast((period) => period.open)?.to.replaceAll('-', '') ?? '';
    return [...definition.accountingEntities]
      .sort((a, b) => (a.code < b.code ? -1 : 1))
      .map((entity) => ({
        FinanceEnterpriseGroup: definition.enterpriseGroup,
        AccountingEntity: entity.code,
        DisplayAccountingEntity: entity.code,
        Name: entity.name ?? `Entity ${entity.code}`,
        FunctionalCurrency: entity.currency,
        Status: '1',
        AutoBalance: 'false',
        CurrentPeriodEndDate: end,
      }));
  },
};

/** ISO 4217 currencies without cents that a seller's ledger may be kept in. */
const NO_DECIMALS = new Set(['CLP', 'JPY', 'KRW']);

const currencyClass: BusinessClass = {
  name: 'Currency',
  fields: new Set(['Currency', 'Description', 'ISOCode', 'NumberOfDecimals', GROUP]),
  key: ['Currency'],
  rows: ({ definition }) =>
    [...new Set(definition.accountingEntities.map((entity) => entity.currency))]
      .sort()
      .map((code) => ({
        FinanceEnterpriseGroup: definition.enterpriseGroup,
        Currency: code,
        Description: code,
        ISOCode: code,
        NumberOfDecimals: NO_DECIMALS.has(code) ? '0' : '2',
      })),
};

const enterpriseGroupClass: BusinessClass = {
  name: 'FinanceEnterpriseGroup',
  fields: new Set([
    ...[GROUP, 'AccountLabel', 'AccountingEntityLabel', 'AccountingUnitLabel'],
    ...['AccountRegularExpression', 'AccountingUnitRequired', 'CoreLedger', 'AutoBalance'],
  ]),
  key: [GROUP],
  rows: ({ definition }) => [
    {
      FinanceEnterpriseGroup: definition.enterpriseGroup,
      AccountLabel: 'Account',
      AccountingEntityLabel: 'Accounting Entity',
      AccountingUnitLabel: 'Accounting Unit',
      AccountingUnitRequired: String(definition.accountingUnits !== undefined),
      CoreLedger: 'CORE',
      AutoBalance: 'false',
    },
  ],
};

export const BUSINESS_CLASSES: ReadonlyMap<string, BusinessClass> = new Map(
  [stagingClass, resultClass, chartClass, entityClass, currencyClass, enterpriseGroupClass].map(
    (one) => [one.name, one],
  ),
);
