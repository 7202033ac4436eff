import { describe, expect, it } from '@jest/globals';
import type { HttpAnswer, HttpClient, HttpRequest } from '@mlc/http';
import { ok, systemClock } from '@mlc/kernel';
import { CallBudget } from './call-budget.js';
import { discardPath, FsmLedger, interfacePath } from './fsm-ledger.js';
import { overlongField } from './fsm-line.js';
import { listPath, readListPage } from './fsm-lists.js';
import type { LedgerLine } from './ledger-port.js';

const group = {
  ledger: { tenant: 'ACME_TST', enterpriseGroup: '1', accountingEntity: '100' },
  runGroup: 'WMSPEC7',
};

const line: LedgerLine = {
  sequence: 1,
  account: '11500',
  accountingUnit: '',
  dimensions: { 1: 'EAST' },
  amountMinor: -1230n,
  currency: 'USD',
  transactionDate: '2026-01-31',
  postingDate: '2026-02-01',
  reference: '1796277083022',
  description: 'SALE 2026-01-31 SKU-1',
  documentNumber: '5281956426648',
  trace: { field: 'UniqueID', text: 'ABCDEFGHIJKLMNOPQRST-1' },
};

type Script = (request: HttpRequest, nth: number) => Partial<HttpAnswer>;

function ledgerAgainst(script: Script) {
  const requests: HttpRequest[] = [];
  const refusedTokens: (string | undefined)[] = [];
  const http: HttpClient = {
    send(request) {
      requests.push(request);
      const said = script(request, requests.length);
      return Promise.resolve(ok({ status: 200, headers: {}, body: '', durationMs: 1, ...said }));
    },
    close: () => Promise.resolve(),
  };
  const ledger = new FsmLedger({
    http,
    guard: { run: (_, call) => call() },
    budget: new CallBudget(1000, systemClock()),
    seller: 'seller-1',
    callTimeoutMs: 500,
    lend: (refusedToken) => {
      refusedTokens.push(refusedToken);
      const accessToken = refusedToken === undefined ? 'first' : 'second';
      return Promise.resolve(ok({ accessToken, endpoint: 'https://gateway.invalid/ACME_TST' }));
    },
  });
  return { ledger, requests, refusedTokens };
}

function row(runGroup: string, sequence: number, amount = '1.000') {
  return {
    _fields: {
      FinanceEnterpriseGroup: '1',
      'GLTransactionInterface.RunGroup': runGroup,
      'GLTransactionInterface.SequenceNumber': String(sequence),
      TransactionAmount: amount,
      Reference: 'R',
    },
  };
}

describe('what is sent to FSM', () => {
  it('names every parameter of the interface action, and none else', () => {
    expect(interfacePath(group)).toBe(
      '/FSM/fsm/soap/ldrest/GLTransactionInterface/InterfaceTransactions_InterfaceTransactionsForm_FormOperation' +
        '?PrmRunGroup=WMSPEC7&PrmEnterpriseGroup=1&PrmAccountingEntity=100&PrmEditOnly=false' +
        '&PrmEditAndInterface=true&PrmPartialUpdate=false&PrmMoveErrorsToNewRunGroup=false' +
        '&PrmJournalizeByEntity=true&PrmJournalByJournalCode=false&PrmByPassOrganizationCode=true' +
        '&PrmByPassAccountCode=true&PrmBypassStructureRelationEdit=false' +
        '&PrmBypassNegativeRateEdit=false&PrmInterfaceInDetail=true&_cmAll=true',
    );
  });

  it('discards by run group only', () => {
    expect(discardPath(group)).toBe(
      '/FSM/fsm/soap/ldrest/GLTransactionInterface/DeleteAllTransactionsForRunGroup_DeleteAllTransactionsForRunGroupForm_FormOperation' +
        '?PrmRunGroup=WMSPEC7&_cmAll=true',
    );
  });

  it('freezes a line as texts, with dates and decimals as FSM takes them (F8)', () => {
    const { ledger } = ledgerAgainst(() => ({}));
    expect(JSON.parse(ledger.freezeLine(group, line))).toEqual({
      message: 'BatchImport',
      _fields: {
        FinanceEnterpriseGroup: '1',
        'GLTransactionInterface.RunGroup': 'WMSPEC7',
        'GLTransactionInterface.SequenceNumber': '1',
        AccountingEntity: '100',
        ToAccountingEntity: '100',
        Status: '0',
        System: 'GL',
        GeneralLedgerEvent: 'JE',
        AutoReverse: 'N',
        AccountCode: '11500',
        FinanceDimension1: 'EAST',
        CurrencyCode: 'USD',
        TransactionAmount: '-12.30',
        UnitsAmount: '0',
        TransactionDate: '20260131',
        PostingDate: '20260201',
        Reference: '1796277083022',
        Description: 'SALE 2026-01-31 SKU-1',
        DocumentNumber: '5281956426648',
        UniqueID: 'ABCDEFGHIJKLMNOPQRST-1',
      },
    });
  });

  it('names the field that would not hold its text', () => {
    expect(overlongField(line)).toBeNull();
    expect(overlongField({ ...line, documentNumber: '9'.repeat(31) })?.field).toBe(
      'DocumentNumber',
    );
  });

  it('reads staging with an explicit limit, by enterprise group and run group', async () => {
    const { ledger, requests } = ledgerAgainst(() => ({ body: '[{"_count":-1,"_links":[]}]' }));
    expect(await ledger.readStaged(group, 7, 'USD')).toMatchObject({ ok: true, rows: [] });
    const url = new URL(requests[0]?.url ?? '');
    expect(url.searchParams.get('_limit')).toBe('8');
    expect(url.searchParams.get('_lplFilter')).toBe(
      'FinanceEnterpriseGroup="1" and GLTransactionInterface.RunGroup="WMSPEC7"',
    );
  });

  it('puts nothing into a filter that could change the question', async () => {
    const { ledger, requests } = ledgerAgainst(() => ({}));
    const look = await ledger.readResults({ ...group, runGroup: 'X" or "1"="1' });
    expect(look).toMatchObject({ ok: false, verdict: { class: 'NOT_SENT' } });
    expect(requests).toHaveLength(0);
  });
});

describe('lists', () => {
  const query = { className: 'GLTransactionInterface', fields: ['A'], limit: 2, where: { A: 'X' } };

  it('follows next, drops rows of others and stops where the filter was lost', async () => {
    const href = '../lists/_generic?_limit=3&page=';
    const { ledger, requests } = ledgerAgainst((_, nth) => ({
      body: JSON.stringify([
        { _count: -1, _links: [{ rel: 'next', href: `${href}${nth + 1}` }] },
        ...(nth === 1
          ? [row('WMSPEC7', 1), row('WMSPEC7', 2), row('OTHER', 1)]
          : [row('OTHER', 2), row('OTHER', 3), row('OTHER', 4)]),
      ]),
    }));
    const look = await ledger.readStaged(group, 2, 'USD');
    expect(look.ok && look.rows.map((found) => [found.sequence, found.amountMinor])).toEqual([
      [1, 100n],
      [2, 100n],
    ]);
    expect(requests).toHaveLength(2);
  });

  it('never leaves the list it reads, nor takes half a page for an empty one', () => {
    const page = (href: string) =>
      readListPage(
        JSON.stringify([
          { _count: 2, _links: [{ rel: 'next', href }] },
          { _fields: {} },
          { _fields: {} },
        ]),
        query,
      )?.next;
    expect(page('https://evil.example/x')).toBeNull();
    expect(page('../../Other/lists/_generic?x=1')).toBeNull();
    expect(page('../lists/_generic?x=1')).toBe(`${listPath(query).split('?')[0] ?? ''}?x=1`);
    for (const body of [
      '',
      '{}',
      '[]',
      '[{"_fields":{}}]',
      '[{"_count":1},{"x":1}]',
      '[{"_count":1}',
    ]) {
      expect(readListPage(body, query)).toBeNull();
    }
  });
});

describe('one call', () => {
  const unauthorized = { status: 401, body: '{"error":"Unauthorized"}' };

  it('is repeated once after the gateway refused the token, with a new token', async () => {
    const { ledger, requests, refusedTokens } = ledgerAgainst((_, nth) =>
      nth === 1 ? unauthorized : { body: '"Interface Transactions Submitted"' },
    );
    expect((await ledger.submit(group)).class).toBe('ACCEPTED');
    expect(requests.map((request) => request.headers['authorization'])).toEqual([
      'Bearer first',
      'Bearer second',
    ]);
    expect(refusedTokens).toEqual([undefined, 'first']);
  });

  it('is not repeated twice, nor after a 401 that may come from FSM itself', async () => {
    const always = ledgerAgainst(() => unauthorized);
    expect((await always.ledger.submit(group)).class).toBe('AUTH');
    expect(always.requests).toHaveLength(2);
    const target = ledgerAgainst(() => ({ status: 401, body: '{"error":"security class"}' }));
    expect((await target.ledger.submit(group)).class).toBe('UNKNOWN');
    expect(target.requests).toHaveLength(1);
  });

  it('is not made with the credentials of another CloudSuite tenant', async () => {
    const { ledger, requests } = ledgerAgainst(() => ({}));
    const other = { ...group, ledger: { ...group.ledger, tenant: 'OTHER_PRD' } };
    expect((await ledger.submit(other)).class).toBe('NOT_SENT');
    expect(requests).toHaveLength(0);
  });
});
