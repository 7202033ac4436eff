import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { line, openWorld, smallTenant, type IonApi, type VendorWorld } from './vendor-world.js';

const BASE = '/ACME_TST/FSM/fsm/soap';
const BATCH = `${BASE}/classes/GLTransactionInterface/actions/CreateUnreleased/batch?_maxFailures=-1`;
const INTERFACE = `${BASE}/ldrest/GLTransactionInterface/InterfaceTransactions_InterfaceTransactionsForm_FormOperation`;
const DELETE = `${BASE}/ldrest/GLTransactionInterface/DeleteAllTransactionsForRunGroup_DeleteAllTransactionsForRunGroupForm_FormOperation`;

type Row = Readonly<Record<string, string>>;

let world: VendorWorld;
let token: string;
let runGroup: string;
let runs = 0;

beforeAll(async () => {
  world = await openWorld();
  const entities = [
    { code: '100', currency: 'USD' },
    { code: '200', currency: 'USD' },
  ];
  const tenant = smallTenant({ accountingEntities: entities });
  token = await world.token(
    (await world.control('PUT', '/tenants/ACME_TST', tenant)).json as IonApi,
  );
});

afterAll(() => world.close());

beforeEach(() => {
  runs += 1;
  runGroup = `RUN${runs}`;
});

async function stage(...records: unknown[]) {
  const body = JSON.stringify({ _records: records });
  return world.vendor(BATCH, { token, method: 'POST', body });
}

async function submit(changes: Record<string, string> = {}) {
  const query = new URLSearchParams({
    PrmRunGroup: runGroup,
    PrmEnterpriseGroup: '1',
    PrmEditOnly: 'false',
    PrmEditAndInterface: 'true',
    PrmPartialUpdate: 'false',
    _cmAll: 'true',
    ...changes,
  });
  return world.vendor(`${INTERFACE}?${query.toString()}`, { token });
}

/** Waits until every asynchronous action has ended. */
async function settled(): Promise<void> {
  const deadline = performance.now() + 5_000;
  for (;;) {
    const health = (await world.control('GET', '/health')).json as { pendingActions: number };
    if (health.pendingActions === 0) return;
    if (performance.now() > deadline) throw new Error('actions still pending after 5 s');
  }
}

async function rowsOf(bc: string, fields: string): Promise<Row[]> {
  const name = bc === 'GLTransactionInterface' ? 'GLTransactionInterface.RunGroup' : 'RunGroup';
  const query = new URLSearchParams({
    _fields: fields,
    _limit: '500',
    _lplFilter: `FinanceEnterpriseGroup = "1" and ${name} = "${runGroup}"`,
  });
  const path = `${BASE}/classes/${bc}/lists/_generic?${query.toString()}`;
  const [, ...rows] = (await world.vendor(path, { token })).json as { _fields: Row }[];
  return rows.map((row) => row._fields);
}

const staged = () =>
  rowsOf('GLTransactionInterface', 'GLTransactionInterface.SequenceNumber,ErrorMessage');
const results = () =>
  rowsOf(
    'GLTransactionInterfaceResult',
    'GLTransactionInterfaceResult,Status,RecordCount,PassedCount,FailedCount',
  );
const truthOf = (kind: string) =>
  world.truth().filter((one) => one.kind === kind && one['runGroup'] === runGroup);

describe('5.2 and 5.3: the interface action', () => {
  it('answers Submitted at once with an echo of what it understood, and posts later', async () => {
    await stage(line(runGroup, 1), line(runGroup, 2));
    await world.control('PATCH', '/tenants/ACME_TST/settings', { interfaceDelayMs: 150 });
    const reply = await submit({ ByPassAccountCode: 'true' });
    await world.control('PATCH', '/tenants/ACME_TST/settings', { interfaceDelayMs: 5 });
    expect(reply.json).toMatchObject({
      message: 'Interface Transactions Submitted',
      _fields: { PrmRunGroup: runGroup, PrmEditOnly: 'false', PrmByPassAccountCode: null },
    });
    expect(await staged()).toHaveLength(2);
    expect(await results()).toEqual([]);
    await settled();
    expect(await staged()).toEqual([]);
    const [result] = await results();
    expect(result).toMatchObject({
      Status: '1',
      RecordCount: '2',
      PassedCount: '2',
      FailedCount: '0',
    });
    const resultId = result?.['GLTransactionInterfaceResult'];
    expect(truthOf('submitted')).toMatchObject([{ editOnly: false, by: 'request' }]);
    expect(truthOf('interfaced')).toMatchObject([
      { resultId, status: '1', recordCount: 2, passed: 2, failed: 0, posted: true },
    ]);
    expect(truthOf('posted')).toMatchObject([
      {
        resultId,
        rows: [
          { sequence: '1', fields: { TransactionAmount: '457.660' } },
          { sequence: '2', fields: { TransactionAmount: '-457.660' } },
        ],
      },
    ]);
  });

  const failing: [string, Record<string, string>, string][] = [
    ['an unknown account', { AccountCode: '99999' }, 'Account 99999 does not exist'],
    ['an inactive account', { AccountCode: '40200' }, 'Account 40200 is not active'],
    ['a restricted account', { AccountCode: '12000' }, 'Account 12000 is restricted'],
    ['an unknown entity', { AccountingEntity: '999' }, 'Accounting Entity 999 does not exist'],
    [
      'a date outside all periods',
      { PostingDate: '20250825' },
      'No period found for Posting Date August 25, 2025',
    ],
    [
      'a date in a closed period',
      { PostingDate: '20261031' },
      'No period found for Posting Date October 31, 2026',
    ],
  ];
  it.each(failing)('a line with %s stays with its error', async (_, changes, message) => {
    await stage(line(runGroup, 1, changes));
    await submit();
    await settled();
    expect(await staged()).toMatchObject([{ ErrorMessage: expect.stringContaining(message) }]);
    expect(await results()).toMatchObject([{ Status: '2', PassedCount: '0', FailedCount: '1' }]);
    expect(truthOf('line-errors')).toMatchObject([{ errors: [{ sequence: '1' }] }]);
    expect(truthOf('posted')).toEqual([]);
  });

  it('partial update off: nothing of an entity posts if any of its lines fails, others do', async () => {
    const other = { AccountingEntity: '200' };
    await stage(line(runGroup, 1), line(runGroup, 2, { AccountCode: '99999' }));
    await stage(line(runGroup, 3, other), line(runGroup, 4, other));
    await submit();
    await settled();
    expect(await staged()).toMatchObject([
      { 'GLTransactionInterface.SequenceNumber': '1', ErrorMessage: '' },
      { 'GLTransactionInterface.SequenceNumber': '2' },
    ]);
    expect(await results()).toMatchObject([
      { Status: '2', RecordCount: '4', PassedCount: '3', FailedCount: '1' },
    ]);
    expect(truthOf('posted')).toMatchObject([{ rows: [{ sequence: '3' }, { sequence: '4' }] }]);
  });

  it('8.10: the switch failedCount all counts every line of the entity as failed', async () => {
    await world.control('PATCH', '/tenants/ACME_TST/settings', { failedCount: 'all' });
    await stage(line(runGroup, 1), line(runGroup, 2, { AccountCode: '99999' }));
    await submit();
    await settled();
    await world.control('PATCH', '/tenants/ACME_TST/settings', { failedCount: 'lines' });
    expect(await results()).toMatchObject([{ PassedCount: '0', FailedCount: '2' }]);
  });

  it('partial update on: the good lines post', async () => {
    await stage(line(runGroup, 1), line(runGroup, 2, { AccountCode: '99999' }));
    await submit({ PrmPartialUpdate: 'true' });
    await settled();
    expect(await staged()).toMatchObject([{ 'GLTransactionInterface.SequenceNumber': '2' }]);
  });

  it('edit only validates, posts nothing, and its result row is incomplete and older', async () => {
    await stage(line(runGroup, 1), line(runGroup, 2));
    await submit({ PrmEditOnly: 'true', PrmEditAndInterface: 'false' });
    await settled();
    expect(await staged()).toHaveLength(2);
    expect(await results()).toMatchObject([{ Status: '2', FailedCount: '0' }]);
    await submit();
    await settled();
    const [first, second] = await results();
    expect(second).toMatchObject({ Status: '1' });
    expect(Number(second?.['GLTransactionInterfaceResult'])).toBeGreaterThan(
      Number(first?.['GLTransactionInterfaceResult']),
    );
  });

  it('edit only leaves no result row when that switch is off', async () => {
    await world.control('PATCH', '/tenants/ACME_TST/settings', { editOnlyWritesResult: false });
    await stage(line(runGroup, 1));
    await submit({ PrmEditOnly: 'true', PrmEditAndInterface: 'false' });
    await settled();
    await world.control('PATCH', '/tenants/ACME_TST/settings', { editOnlyWritesResult: true });
    expect(await results()).toEqual([]);
  });

  it('the run group and the enterprise group are needed', async () => {
    expect((await submit({ PrmRunGroup: '' })).status).toBe(400);
    expect((await submit({ PrmEnterpriseGroup: '' })).status).toBe(400);
  });
});

describe('5.4: idempotency, balance, compensation', () => {
  it('after interfacing the same run group and keys can be staged and posted again', async () => {
    for (let round = 0; round < 2; round += 1) {
      await stage(line(runGroup, 1), line(runGroup, 2));
      await submit();
      await settled();
    }
    expect(truthOf('posted')).toHaveLength(2);
    expect(await results()).toHaveLength(2);
  });

  it('a second submit that finds no row posts nothing and writes no result row', async () => {
    await stage(line(runGroup, 1), line(runGroup, 2));
    await Promise.all([submit(), submit()]);
    await settled();
    expect(truthOf('posted')).toHaveLength(1);
    expect(await results()).toHaveLength(1);
  });

  it('balance is not enforced, unless that switch is on', async () => {
    await stage(line(runGroup, 1));
    await world.control('PATCH', '/tenants/ACME_TST/settings', { refuseUnbalanced: true });
    await submit();
    await settled();
    await world.control('PATCH', '/tenants/ACME_TST/settings', { refuseUnbalanced: false });
    expect(truthOf('posted')).toEqual([]);
    await submit();
    await settled();
    expect(truthOf('posted')).toHaveLength(1);
  });

  it('delete is asynchronous and takes the whole run group, whatever its enterprise group', async () => {
    await stage(line(runGroup, 1), line(runGroup, 2, { FinanceEnterpriseGroup: '2' }));
    const reply = await world.vendor(`${DELETE}?PrmRunGroup=${runGroup}&_cmAll=true`, { token });
    expect(reply.json).toMatchObject({
      message: 'Delete All Transactions For Run Group Submitted',
    });
    await settled();
    expect(await staged()).toEqual([]);
    expect(truthOf('discarded')).toMatchObject([
      { enterpriseGroup: '1', sequences: ['1'], by: 'request' },
      { enterpriseGroup: '2', sequences: ['2'], by: 'request' },
    ]);
  });

  it('delete is refused while a journalize is pending', async () => {
    await stage(line(runGroup, 1), line(runGroup, 2));
    await world.control('PATCH', '/tenants/ACME_TST/settings', { interfaceDelayMs: 150 });
    await submit();
    await world.control('PATCH', '/tenants/ACME_TST/settings', { interfaceDelayMs: 5 });
    const reply = await world.vendor(`${DELETE}?PrmRunGroup=${runGroup}&_cmAll=true`, { token });
    expect([reply.status, reply.json]).toMatchObject([
      400,
      {
        message: expect.stringContaining(
          'Cannot delete, journalize not complete for this run group',
        ),
      },
    ]);
    await settled();
    expect(truthOf('posted')).toHaveLength(1);
  });
});

describe('control: ledger summary', () => {
  it('sums what was posted by account, exactly', async () => {
    const other = await openWorld();
    const ionapi = (await other.control('PUT', '/tenants/ACME_TST', smallTenant())).json as IonApi;
    const bearer = await other.token(ionapi);
    const records = [1, 2, 3, 4].map((sequence) => line('SUM1', sequence));
    const body = JSON.stringify({ _records: records });
    await other.vendor(BATCH, { token: bearer, method: 'POST', body });
    await other.vendor(`${INTERFACE}?PrmRunGroup=SUM1&PrmEnterpriseGroup=1`, { token: bearer });
    const summary = async () =>
      (await other.control('GET', '/tenants/ACME_TST/ledger-summary')).json as {
        posted: { rows: number };
      };
    while ((await summary()).posted.rows === 0);
    expect(await summary()).toMatchObject({
      posted: {
        rows: 4,
        journals: 1,
        byAccount: { '11500': '915.320', '40100': '-915.320' },
      },
      staged: { rows: 0, runGroups: 0 },
    });
    await other.close();
  });
});
