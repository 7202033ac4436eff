import { addTo, ledgerName, sellerName, type Places, type SellerBooks } from './books.js';
import type { Findings } from './findings.js';
import { balanceCheck } from './balance.js';
import { checkPostedRow, readRow, type LedgerRow } from './ledger-row.js';
import { newSequenceCheck } from './sequence-check.js';
import { noteOf, recordsOf, textOf, truthRecords, type TruthRecord } from './truth-file.js';

/** A number where it is short enough to be one exactly: a set of those is small. */
type Sequence = number | string;

type RunGroup = {
  readonly name: string;
  readonly tenant: string;
  /** Sequences in staging now, with the purchase order of each. */
  readonly staged: Map<Sequence, string>;
  readonly posted: Set<Sequence>;
  /** A real (not edit-only) send by the connector that no discard has followed. */
  sent: boolean;
};

type ChartAccount = { readonly active: boolean; readonly restricted: boolean };
type Chart = Map<string, ChartAccount>;

export type LedgerReading = {
  readonly places: Places;
  readonly findings: Findings;
  readonly sellers: readonly SellerBooks[];
  readonly runGroups: Map<string, RunGroup>;
  readonly charts: Map<string, Chart>;
};

/** Reads what reached staging and the ledger, and checks every row and run group on the way. */
export function readCloudSuite(
  file: string,
  shared: { sellers: readonly SellerBooks[]; places: Places; findings: Findings },
): void {
  const reading: LedgerReading = { ...shared, runGroups: new Map(), charts: new Map() };
  const check = newSequenceCheck('cloudsuite', shared.findings);
  for (const record of truthRecords(file, 'cloudsuite')) {
    check(record);
    handlers[String(record['kind'])]?.(record, reading);
  }
  for (const group of reading.runGroups.values()) reportLeftInStaging(group, reading);
}

const handlers: Readonly<Record<string, (record: TruthRecord, reading: LedgerReading) => void>> = {
  request: onRequest,
  'chart-committed': onChart,
  staged: onStaged,
  discarded: onDiscarded,
  submitted: onSubmitted,
  posted: onPosted,
};

function onRequest(record: TruthRecord, { findings }: LedgerReading): void {
  if (record['outcome'] !== 'violation') return;
  const request = `${String(record['method'])} ${String(record['path']).split('?')[0] ?? ''}`;
  findings.add({
    code: 'violation',
    seller: null,
    actual: request,
    message: `CloudSuite tenant ${String(record['account'])} saw a forbidden request, ${request}: ${noteOf(record)}`,
  });
}

function onChart(record: TruthRecord, { charts }: LedgerReading): void {
  const key = `${textOf(record, 'tenant')}\n${textOf(record, 'enterpriseGroup')}`;
  const chart: Chart = charts.get(key) ?? new Map<string, ChartAccount>();
  charts.set(key, chart);
  chart.set(textOf(record, 'account'), {
    active: record['active'] !== false,
    restricted: record['restricted'] === true,
  });
}

/** A run group by its tenant and enterprise group; names are folded to upper case by FSM. */
function groupOf(record: TruthRecord, reading: LedgerReading): RunGroup {
  const tenant = textOf(record, 'tenant');
  const name = textOf(record, 'runGroup').toUpperCase();
  const key = `${tenant}\n${textOf(record, 'enterpriseGroup')}\n${name}`;
  let group = reading.runGroups.get(key);
  if (!group) {
    group = { name, tenant, staged: new Map(), posted: new Set(), sent: false };
    reading.runGroups.set(key, group);
  }
  return group;
}

function onStaged(record: TruthRecord, reading: LedgerReading): void {
  const group = groupOf(record, reading);
  if (group.posted.size > 0) {
    reading.findings.add({
      code: 'run-group-reused',
      seller: null,
      actual: group.name,
      message: `Run group ${group.name} of ${group.tenant} was loaded again after it had been posted`,
    });
  }
  for (const row of recordsOf(record, 'rows')) {
    const fields = row['fields'];
    const reference =
      typeof fields === 'object' && fields !== null && 'Reference' in fields
        ? String(fields.Reference).trim()
        : '';
    group.staged.set(sequenceOf(textOf(row, 'sequence')), reference);
  }
}

function onDiscarded(record: TruthRecord, reading: LedgerReading): void {
  const group = groupOf(record, reading);
  const sequences = record['sequences'];
  if (Array.isArray(sequences)) {
    for (const sequence of sequences) group.staged.delete(sequenceOf(String(sequence)));
  }
  group.sent = false;
}

function onSubmitted(record: TruthRecord, reading: LedgerReading): void {
  if (record['editOnly'] === true || record['by'] === 'customer-job') return;
  const group = groupOf(record, reading);
  if (group.sent) {
    reading.findings.add({
      code: 'second-send',
      seller: null,
      actual: group.name,
      message: `Run group ${group.name} of ${group.tenant} was submitted a second time without having been discarded: a second send`,
    });
  }
  group.sent = true;
}

function onPosted(record: TruthRecord, reading: LedgerReading): void {
  const group = groupOf(record, reading);
  const rows: LedgerRow[] = [];
  let repeated = 0;
  let neverStaged = 0;
  for (const raw of recordsOf(record, 'rows')) {
    const sequence = sequenceOf(textOf(raw, 'sequence'));
    if (group.posted.has(sequence)) repeated += 1;
    else if (!group.staged.delete(sequence)) neverStaged += 1;
    group.posted.add(sequence);
    const row = readRow(raw, { record, runGroup: group.name, findings: reading.findings });
    if (row) rows.push(row);
  }
  reportRepeats({ group, repeated, neverStaged }, reading);
  balanceCheck(rows, reading.findings);
  for (const row of rows) {
    checkChart(row, reading);
    takeRow(row, reading);
  }
}

function reportRepeats(
  seen: { group: RunGroup; repeated: number; neverStaged: number },
  { findings }: LedgerReading,
): void {
  const { name, tenant } = seen.group;
  if (seen.repeated > 0) {
    findings.add({
      code: 'row-posted-twice',
      seller: null,
      actual: name,
      message: `${seen.repeated} row(s) of run group ${name} of ${tenant} reached the ledger a second time under the same sequence numbers`,
    });
  }
  if (seen.neverStaged > 0) {
    findings.add({
      code: 'posted-not-staged',
      seller: null,
      actual: name,
      message: `${seen.neverStaged} row(s) of run group ${name} of ${tenant} are in the ledger although they were not in staging`,
    });
  }
}

function sequenceOf(text: string): Sequence {
  const trimmed = text.trim();
  return /^\d{1,12}$/.test(trimmed) ? Number.parseInt(trimmed, 10) : trimmed;
}

function checkChart(row: LedgerRow, { charts, findings }: LedgerReading): void {
  const chart = charts.get(`${row.tenant}\n${row.enterpriseGroup}`);
  if (!chart) return;
  const account = chart.get(row.place.account);
  if (account?.active && !account.restricted) return;
  const state = account ? (account.active ? 'restricted' : 'not active') : 'not in the chart';
  findings.add({
    code: 'account-not-postable',
    seller: null,
    purchaseOrderId: row.purchaseOrderId,
    actual: row.place.account,
    message: `Order ${row.purchaseOrderId}: account ${row.place.account} is ${state} of ${ledgerName(row.tenant, row.enterpriseGroup, row.accountingEntity)}`,
  });
}

/** Gives a ledger row to the seller whose ledger and order it is, or says why nobody's. */
function takeRow(row: LedgerRow, reading: LedgerReading): void {
  const inLedger = reading.sellers.filter(({ policy }) => isLedgerOf(policy, row));
  const owner = inLedger.find(({ orders }) => orders.has(row.purchaseOrderId));
  const place = reading.places.numberOf(row.place);
  const shown = owner ?? inLedger[0];
  if (shown) addTo(shown.ledger, place, row.amount);
  const order = owner?.orders.get(row.purchaseOrderId);
  if (!owner || !order) {
    reportStray(row, shown, reading);
    return;
  }
  addTo(order.ledger, place, row.amount);
  if (order.runGroups === '') order.runGroups = row.runGroup;
  else if (!order.runGroups.split(', ').includes(row.runGroup)) {
    order.runGroups += `, ${row.runGroup}`;
  }
  checkPostedRow(row, { order, policy: owner.policy, findings: reading.findings });
}

function isLedgerOf(policy: SellerBooks['policy'], row: LedgerRow): boolean {
  return (
    policy.tenant === row.tenant &&
    policy.enterpriseGroup === row.enterpriseGroup &&
    policy.accountingEntity === row.accountingEntity
  );
}

function reportStray(
  row: LedgerRow,
  shown: SellerBooks | undefined,
  { sellers, findings }: LedgerReading,
): void {
  const where = ledgerName(row.tenant, row.enterpriseGroup, row.accountingEntity);
  const holders = sellers.filter(({ orders }) => orders.has(row.purchaseOrderId));
  const holder = holders.find(({ policy }) => policy.tenant === row.tenant) ?? holders[0];
  const common = { purchaseOrderId: row.purchaseOrderId, actual: where };
  if (!holder) {
    findings.add({
      ...common,
      code: 'foreign-line',
      seller: shown ? sellerName(shown.policy) : null,
      message: `The ledger of ${where} holds a row for purchase order "${row.purchaseOrderId}", which Walmart never had for ${shown ? `seller ${sellerName(shown.policy)}` : 'any seller of the policy'} (run group ${row.runGroup})`,
    });
    return;
  }
  const { policy } = holder;
  const own = ledgerName(policy.tenant, policy.enterpriseGroup, policy.accountingEntity);
  findings.add({
    ...common,
    code: shown ? 'another-sellers-ledger' : strayCode(policy, row),
    seller: sellerName(policy),
    expected: own,
    message: `Order ${row.purchaseOrderId} of seller ${sellerName(policy)} is in the ledger of ${where}${shown ? ` (seller ${sellerName(shown.policy)})` : ''}; it belongs to ${own}`,
  });
}

function strayCode(policy: SellerBooks['policy'], row: LedgerRow): string {
  if (policy.tenant !== row.tenant) return 'wrong-tenant';
  if (policy.enterpriseGroup !== row.enterpriseGroup) return 'wrong-enterprise-group';
  return 'wrong-entity';
}

function reportLeftInStaging(group: RunGroup, { findings }: LedgerReading): void {
  if (group.staged.size === 0) return;
  const orders = [...new Set(group.staged.values())].slice(0, 3).join(', ');
  findings.add({
    code: 'left-in-staging',
    seller: null,
    actual: group.name,
    message: `Run group ${group.name} of ${group.tenant} still has ${group.staged.size} row(s) in staging, neither posted nor discarded (orders ${orders})`,
  });
}
