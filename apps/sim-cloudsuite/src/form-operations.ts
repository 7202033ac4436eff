import { randomUUID } from 'node:crypto';
import { fsmRefusal, jsonAnswer, type Answer } from './answer.js';
import type { RunGroupActions } from './run-group-actions.js';
import type { Tenant } from './tenant.js';

export const INTERFACE_FORM = 'InterfaceTransactions_InterfaceTransactionsForm_FormOperation';
export const DELETE_FORM =
  'DeleteAllTransactionsForRunGroup_DeleteAllTransactionsForRunGroupForm_FormOperation';

const INTERFACE_PARAMETERS = [
  ...['PrmRunGroup', 'PrmEnterpriseGroup', 'PrmAccountingEntity', 'PrmEditOnly'],
  ...['PrmEditAndInterface', 'PrmPartialUpdate', 'PrmMoveErrorsToNewRunGroup'],
  ...['PrmErrorRunGroupPrefix', 'PrmJournalizeByEntity', 'PrmJournalByJournalCode'],
  ...['PrmByPassOrganizationCode', 'PrmByPassAccountCode', 'PrmBypassStructureRelationEdit'],
  ...['PrmBypassNegativeRateEdit', 'PrmCurrencyTable', 'PrmPrimaryLedger'],
  'PrmInterfaceInDetail',
];

/** A GET with side effects: accepts the run, which ends later. Names it does not know are ignored. */
export function interfaceTransactions(
  tenant: Tenant,
  query: URLSearchParams,
  actions: RunGroupActions,
): Answer {
  const runGroup = query.get('PrmRunGroup')?.toUpperCase() ?? '';
  const enterpriseGroup = query.get('PrmEnterpriseGroup') ?? '';
  const refused = unconfirmed(tenant, query);
  if (refused) return refused;
  if (runGroup === '') return fsmRefusal('PrmRunGroup is required');
  if (enterpriseGroup === '') return fsmRefusal('PrmEnterpriseGroup is required');
  const flags = { editOnly: false, editAndInterface: true, partialUpdate: false };
  const names = {
    editOnly: 'PrmEditOnly',
    editAndInterface: 'PrmEditAndInterface',
    partialUpdate: 'PrmPartialUpdate',
  } as const;
  for (const flag of ['editOnly', 'editAndInterface', 'partialUpdate'] as const) {
    const text = query.get(names[flag]) ?? '';
    if (text === '') continue;
    if (text !== 'true' && text !== 'false')
      return fsmRefusal(`${names[flag]} is not true or false`);
    flags[flag] = text === 'true';
  }
  if (query.get('PrmMoveErrorsToNewRunGroup') === 'true') {
    return fsmRefusal('PrmMoveErrorsToNewRunGroup=true is not served by this simulator');
  }
  const accountingEntity = query.get('PrmAccountingEntity') ?? '';
  actions.submitInterface(tenant, {
    runGroup,
    enterpriseGroup,
    ...(accountingEntity === '' ? {} : { accountingEntity }),
    ...flags,
  });
  return submitted('Interface Transactions Submitted', INTERFACE_PARAMETERS, query);
}

export function deleteAllForRunGroup(
  tenant: Tenant,
  query: URLSearchParams,
  actions: RunGroupActions,
): Answer {
  const runGroup = query.get('PrmRunGroup')?.toUpperCase() ?? '';
  const refused = unconfirmed(tenant, query);
  if (refused) return refused;
  if (runGroup === '') return fsmRefusal('PrmRunGroup is required');
  if (!actions.submitDelete(tenant, runGroup)) {
    return fsmRefusal(
      `Exception ID: ${randomUUID()} - com.lawson.rdtech.type.ViewException: ` +
        'Cannot delete, journalize not complete for this run group',
    );
  }
  return submitted('Delete All Transactions For Run Group Submitted', ['PrmRunGroup'], query);
}

function unconfirmed(tenant: Tenant, query: URLSearchParams): Answer | undefined {
  if (tenant.settings.missingCmAll === 'ignore' || query.get('_cmAll') === 'true') return undefined;
  return fsmRefusal('Confirmation required');
}

/** The echo shows what the form understood: `null` for every parameter it was not given. */
function submitted(message: string, names: readonly string[], query: URLSearchParams): Answer {
  const echo = Object.fromEntries(names.map((name) => [name, query.get(name)]));
  return jsonAnswer(200, { _fields: echo, message });
}
