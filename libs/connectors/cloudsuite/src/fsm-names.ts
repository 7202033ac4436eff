/**
 * Every name we send to FSM. FSM ignores a misspelt parameter without a word and runs with its
 * default, so names are written here once and a spec compares whole queries.
 */
export const FSM_BASE = '/FSM/fsm/soap';

export const STAGING_CLASS = 'GLTransactionInterface';
export const RESULT_CLASS = 'GLTransactionInterfaceResult';
export const CHART_CLASS = 'GeneralLedgerChartAccount';

export const STAGE_PATH = `${FSM_BASE}/classes/${STAGING_CLASS}/actions/CreateUnreleased/batch?_maxFailures=-1`;
export const INTERFACE_PATH = `${FSM_BASE}/ldrest/${STAGING_CLASS}/InterfaceTransactions_InterfaceTransactionsForm_FormOperation`;
export const DISCARD_PATH = `${FSM_BASE}/ldrest/${STAGING_CLASS}/DeleteAllTransactionsForRunGroup_DeleteAllTransactionsForRunGroupForm_FormOperation`;

export const RUN_GROUP = 'GLTransactionInterface.RunGroup';
export const SEQUENCE = 'GLTransactionInterface.SequenceNumber';

export const STAGING_FIELDS = [
  'FinanceEnterpriseGroup',
  RUN_GROUP,
  SEQUENCE,
  'AccountingEntity',
  'AccountCode',
  'TransactionAmount',
  'Reference',
  'Status',
  'ErrorMessage',
] as const;

export const RESULT_FIELDS = [
  'FailedCount',
  RESULT_CLASS,
  'PassedCount',
  'RecordCount',
  'RunGroup',
  'Status',
] as const;

export const CHART_FIELDS = [
  'FinanceEnterpriseGroup',
  CHART_CLASS,
  'Account',
  'AccountDescription',
  'Active',
  'SystemRestriction',
] as const;

/** What the interface action is told beside run group, enterprise group and accounting entity. */
export const INTERFACE_OPTIONS = {
  PrmEditOnly: 'false',
  PrmEditAndInterface: 'true',
  PrmPartialUpdate: 'false',
  PrmMoveErrorsToNewRunGroup: 'false',
  PrmJournalizeByEntity: 'true',
  PrmJournalByJournalCode: 'false',
  PrmByPassOrganizationCode: 'true',
  PrmByPassAccountCode: 'true',
  PrmBypassStructureRelationEdit: 'false',
  PrmBypassNegativeRateEdit: 'false',
  PrmInterfaceInDetail: 'true',
  _cmAll: 'true',
} as const;

export const SUBMITTED_TEXT = 'Interface Transactions Submitted';
export const DISCARDED_TEXT = 'Delete All Transactions For Run Group Submitted';

/** Longest texts FSM's fields hold. */
export const FIELD_LENGTHS = {
  FinanceEnterpriseGroup: 4,
  RunGroup: 30,
  AccountingEntity: 12,
  AccountCode: 26,
  AccountingUnit: 25,
  FinanceDimension: 15,
  Reference: 40,
  Description: 60,
  DocumentNumber: 30,
  CurrencyCode: 5,
  /** Not published; kept far below the shortest text field next to it. */
  Trace: 24,
} as const;

/** Only these may stand in a filter: a quote or an operator in a value would change the question. */
export function filterable(value: string): boolean {
  return /^[A-Z0-9_-]{1,60}$/.test(value);
}
