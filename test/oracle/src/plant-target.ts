import { parseAmount } from './exact.js';
import { readOrder } from './order.js';
import { CannotRead, recordsOf, textOf, truthRecords, type TruthRecord } from './truth-file.js';

type Row = { readonly sequence: string; readonly fields: Readonly<Record<string, string>> };

/** A purchase order of one line that stands in the ledger by one interface action only. */
export type PlantTarget = {
  readonly purchaseOrderId: string;
  readonly walmartSellerId: string;
  readonly tenant: string;
  readonly enterpriseGroup: string;
  readonly runGroup: string;
  readonly rows: readonly Row[];
  readonly debit: Row;
  readonly credit: Row;
  /** Tax of the order's line in millionths; 0 only where none was asked for. */
  readonly tax: bigint;
  /** An account that other orders use and this one does not. */
  readonly otherAccount: string;
};

type Candidate = Omit<
  PlantTarget,
  'walmartSellerId' | 'debit' | 'credit' | 'tax' | 'otherAccount' | 'rows'
> & { readonly rows: Row[]; single: boolean };

const MOST_CANDIDATES = 5_000;

/** Chooses the first purchase order of real logs in which an error can be planted alone. */
export function findTarget(
  files: { walmartTruth: string; cloudsuiteTruth: string },
  { needsTax }: { needsTax: boolean },
): PlantTarget {
  const accounts = new Set<string>();
  const candidates = candidatesOf(files.cloudsuiteTruth, accounts);
  const newest = newestOrders(files.walmartTruth, candidates);
  for (const candidate of candidates.values()) {
    const holders = newest.get(candidate.purchaseOrderId) ?? [];
    const holder = holders[0];
    if (!candidate.single || !holder || holders.length > 1) continue;
    const order = readOrder(holder.body);
    const line = order.lines[0];
    const debit = candidate.rows.find((row) => amountOf(row) > 0n);
    const credit = candidate.rows.find((row) => amountOf(row) < 0n);
    if (!line || order.lines.length > 1 || !debit || !credit) continue;
    const taxes = line.charges.flatMap((charge) => charge.taxes);
    const tax = taxes.reduce((sum, { amount }) => sum + amount, 0n);
    if (needsTax && tax <= 0n) continue;
    const own = candidate.rows.map((row) => row.fields['AccountCode']);
    const otherAccount = [...accounts].find((account) => !own.includes(account)) ?? '99999';
    const walmartSellerId = holder.seller;
    return { ...candidate, walmartSellerId, debit, credit, tax, otherAccount };
  }
  throw new CannotRead(
    `No posted purchase order of one line${needsTax ? ' with tax' : ''} to plant an error in`,
  );
}

function candidatesOf(file: string, accounts: Set<string>): Map<string, Candidate> {
  const candidates = new Map<string, Candidate>();
  for (const record of truthRecords(file, 'cloudsuite')) {
    if (record['kind'] !== 'posted') continue;
    for (const row of recordsOf(record, 'rows') as unknown as readonly Row[]) {
      accounts.add(row.fields['AccountCode'] ?? '');
      addRow(candidates, record, row);
    }
  }
  return candidates;
}

function addRow(candidates: Map<string, Candidate>, record: TruthRecord, row: Row): void {
  const purchaseOrderId = (row.fields['Reference'] ?? '').trim();
  const known = candidates.get(purchaseOrderId);
  const tenant = textOf(record, 'tenant');
  const runGroup = textOf(record, 'runGroup');
  if (!known) {
    if (candidates.size >= MOST_CANDIDATES) return;
    const enterpriseGroup = textOf(record, 'enterpriseGroup');
    candidates.set(purchaseOrderId, {
      purchaseOrderId,
      tenant,
      enterpriseGroup,
      runGroup,
      rows: [row],
      single: true,
    });
  } else if (known.tenant === tenant && known.runGroup === runGroup) known.rows.push(row);
  else known.single = false;
}

type Holder = { readonly seller: string; body: string };

function newestOrders(
  file: string,
  candidates: ReadonlyMap<string, Candidate>,
): Map<string, Holder[]> {
  const newest = new Map<string, Holder[]>();
  for (const record of truthRecords(file, 'walmart')) {
    if (record['kind'] !== 'order-committed') continue;
    const id = textOf(record, 'purchaseOrderId');
    if (!candidates.has(id)) continue;
    const seller = textOf(record, 'seller');
    const holders = newest.get(id) ?? [];
    newest.set(id, holders);
    const holder = holders.find((known) => known.seller === seller);
    if (holder) holder.body = textOf(record, 'body');
    else holders.push({ seller, body: textOf(record, 'body') });
  }
  return newest;
}

function amountOf(row: Row): bigint {
  return parseAmount(row.fields['TransactionAmount'] ?? '');
}
