import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { line, openWorld, smallTenant, type IonApi, type VendorWorld } from './vendor-world.js';

interface BatchElement {
  readonly _fields?: Readonly<Record<string, string>>;
  readonly message?: string;
  readonly exception?: { readonly message: string };
  readonly batchStatus?: string;
}

const BASE = '/ACME_TST/FSM/fsm/soap';

let world: VendorWorld;
let token: string;

beforeAll(async () => {
  world = await openWorld();
  const ionapi = (await world.control('PUT', '/tenants/ACME_TST', smallTenant())).json as IonApi;
  token = await world.token(ionapi);
});

afterAll(() => world.close());

async function stage(records: unknown[], query = '_maxFailures=-1'): Promise<BatchElement[]> {
  const reply = await world.vendor(
    `${BASE}/classes/GLTransactionInterface/actions/CreateUnreleased/batch?${query}`,
    { token, method: 'POST', body: JSON.stringify({ _records: records }) },
  );
  expect(reply.status).toBe(200);
  return reply.json as BatchElement[];
}

async function list(bc: string, query: Record<string, string>) {
  const path = `${BASE}/classes/${bc}/lists/_generic?${new URLSearchParams(query).toString()}`;
  return world.vendor(path, { token });
}

async function rowsOf(bc: string, query: Record<string, string>) {
  const elements = (await list(bc, query)).json as BatchElement[];
  return elements.slice(1).map((element) => element._fields ?? {});
}

const SEQUENCE = 'GLTransactionInterface.SequenceNumber';

describe('4: batch create', () => {
  it('answers each record in order with its normalised echo, batchStatus last', async () => {
    const reply = await stage([line('ECHO1', 1), line('ECHO1', 2)]);
    expect(reply).toHaveLength(3);
    expect(reply[0]).toMatchObject({
      message: 'Global Ledger Transaction Interface created',
      _fields: { TransactionAmount: '457.660', AutoReverse: 'false', [SEQUENCE]: '1', Status: '0' },
    });
    expect(reply[1]?._fields).toMatchObject({ TransactionAmount: '-457.660', [SEQUENCE]: '2' });
    expect(reply[2]).toEqual({ batchStatus: '0' });
    expect(world.truth().findLast((one) => one.kind === 'staged')).toMatchObject({
      tenant: 'ACME_TST',
      enterpriseGroup: '1',
      runGroup: 'ECHO1',
      rows: [{ sequence: '1', fields: { TransactionAmount: '457.660' } }, { sequence: '2' }],
    });
  });

  it('5.4: the run group is folded to upper case', async () => {
    const [first] = await stage([line('fold1', 1)]);
    expect(first?._fields?.['GLTransactionInterface.RunGroup']).toBe('FOLD1');
  });

  it('is not atomic: a failing record is an exception inside the 200, its neighbours are created', async () => {
    const reply = await stage([
      line('PART1', 1),
      line('PART1', 2, { TransactionAmount: '1,250.00' }),
      line('PART1', 3),
    ]);
    expect(reply.map((element) => element.exception !== undefined)).toEqual([
      false,
      true,
      false,
      false,
    ]);
    expect(reply[1]?.message).toBeUndefined();
    expect(reply[3]?.batchStatus).not.toBe('0');
    const rows = await rowsOf('GLTransactionInterface', {
      _fields: SEQUENCE,
      _filter: 'GLTransactionInterface.RunGroup::PART1',
    });
    expect(rows.map((row) => row[SEQUENCE])).toEqual(['1', '3']);
  });

  it('_maxFailures ends the batch', async () => {
    const bad = { PostingDate: '2026-11-20' };
    const records = [line('MAXF1', 1, bad), line('MAXF1', 2, bad), line('MAXF1', 3)];
    expect(await stage(records, '_maxFailures=1')).toHaveLength(3);
    expect(await rowsOf('GLTransactionInterface', filterOf('MAXF1'))).toEqual([]);
  });

  it('an unreadable body is 400 with code and message', async () => {
    const path = `${BASE}/classes/GLTransactionInterface/actions/CreateUnreleased/batch`;
    const reply = await world.vendor(path, { token, method: 'POST', body: '{"records":[]}' });
    expect(reply.status).toBe(400);
    expect(reply.json).toEqual({ code: expect.any(String), message: expect.any(String) });
  });
});

describe('5.1: fields of a staging line', () => {
  const refused: [string, Record<string, string>][] = [
    ['a required field left empty', { AccountCode: '' }],
    ['a posting date with dashes', { PostingDate: '2026-11-20' }],
    ['a day that does not exist', { PostingDate: '20261131' }],
    ['thousands separators', { TransactionAmount: '1,250.00' }],
    ['an exponent', { TransactionAmount: '1e3' }],
    ['more decimals than kept', { TransactionAmount: '1.2345' }],
    ['a run group of 31', { 'GLTransactionInterface.RunGroup': 'R'.repeat(31) }],
    ['a sequence of 13 digits', { [SEQUENCE]: '1234567890123' }],
    ['an enterprise group of 5', { FinanceEnterpriseGroup: '12345' }],
    ['an entity of 13', { AccountingEntity: 'E'.repeat(13) }],
    ['an account of 27', { AccountCode: '4'.repeat(27) }],
    ['a unit of 26', { AccountingUnit: 'U'.repeat(26) }],
    ['a dimension of 16', { FinanceDimension10: 'D'.repeat(16) }],
    ['a reference of 41', { Reference: 'R'.repeat(41) }],
    ['a description of 61', { Description: 'D'.repeat(61) }],
    ['a document number of 31', { DocumentNumber: '9'.repeat(31) }],
  ];
  it.each(refused)('refuses %s', async (_, changes) => {
    const [element] = await stage([line('BAD1', 1, changes)]);
    expect(element?.exception?.message).toMatch(/\S/);
    expect(element?.message).toBeUndefined();
    expect(await rowsOf('GLTransactionInterface', filterOf('BAD1'))).toEqual([]);
  });

  it('keeps text of exactly the greatest length, leaves empty values out and ignores unknown names', async () => {
    const Reference = 'R'.repeat(40);
    const [element] = await stage([line('LEN1', 1, { Reference, Project: '', Referense: 'x' })]);
    expect(element?._fields).toMatchObject({ Reference });
    expect(element?._fields).not.toHaveProperty('Project');
    expect(element?._fields).not.toHaveProperty('Referense');
  });

  it('8.13: overlength text is cut silently when that switch is on', async () => {
    await world.control('PATCH', '/tenants/ACME_TST/settings', { overlength: 'cut' });
    const [element] = await stage([line('CUT1', 1, { Reference: 'R'.repeat(41) })]);
    expect(element?._fields?.['Reference']).toBe('R'.repeat(40));
    await world.control('PATCH', '/tenants/ACME_TST/settings', { overlength: 'refuse' });
  });
});

describe('5.4: keys', () => {
  it('the same key while staged is a key violation, within a batch and across', async () => {
    const [first, twice] = await stage([line('KEY1', 1), line('KEY1', 1)]);
    expect(first?.exception).toBeUndefined();
    expect(twice?.exception?.message).toContain('key violation');
    const [again] = await stage([line('KEY1', 1)]);
    expect(again?.exception?.message).toContain('key violation');
    const [lower] = await stage([line('key1', 1)]);
    expect(lower?.exception?.message).toContain('key violation');
    const [otherGroup] = await stage([line('KEY1', 1, { FinanceEnterpriseGroup: '2' })]);
    expect(otherGroup?.exception).toBeUndefined();
  });
});

function filterOf(runGroup: string): Record<string, string> {
  return {
    _fields: `${SEQUENCE},Reference,ErrorMessage`,
    _limit: '500',
    _lplFilter: `FinanceEnterpriseGroup = "1" and GLTransactionInterface.RunGroup = "${runGroup}"`,
  };
}

describe('4: lists', () => {
  beforeAll(() => stage(Array.from({ length: 12 }, (_, at) => line('LIST1', at + 1))));

  it('five rows by default, after a header element, in key order, every value a string', async () => {
    const { _fields, _lplFilter } = filterOf('LIST1');
    const query = { _fields: _fields ?? '', _lplFilter: _lplFilter ?? '' };
    const elements = (await list('GLTransactionInterface', query)).json as BatchElement[];
    expect(elements[0]).toMatchObject({ _count: -1, _links: [{ rel: 'self' }, { rel: 'next' }] });
    expect(elements.slice(1).map((one) => one._fields?.[SEQUENCE])).toEqual([
      '1',
      '2',
      '3',
      '4',
      '5',
    ]);
  });

  it('the next link is relative, carries the last key and _position, and keeps the filter', async () => {
    let query = new URLSearchParams(filterOf('LIST1'));
    query.set('_limit', '5');
    const seen: string[] = [];
    for (let page = 0; page < 3; page += 1) {
      const path = `${BASE}/classes/GLTransactionInterface/lists/_generic?${query.toString()}`;
      const elements = (await world.vendor(path, { token })).json as [
        { _links: { rel: string; href: string }[] },
        ...BatchElement[],
      ];
      seen.push(...elements.slice(1).map((one) => (one as BatchElement)._fields?.[SEQUENCE] ?? ''));
      const next = elements[0]._links.find((link) => link.rel === 'next');
      if (!next) break;
      expect(next.href).toMatch(/^\.\.\/lists\/_generic\?/);
      query = new URL(next.href, `https://localhost${BASE}/classes/GLTransactionInterface/lists/`)
        .searchParams;
      expect(query.get('_position')).toBe('true');
    }
    expect(seen).toEqual(Array.from({ length: 12 }, (_, at) => String(at + 1)));
  });

  it('continuation pages lose the filter when that switch is on', async () => {
    await world.control('PATCH', '/tenants/ACME_TST/settings', { pagingDropsFilter: true });
    const query = {
      ...filterOf('LIST1'),
      _fields: 'GLTransactionInterface.RunGroup',
      _position: 'true',
      FinanceEnterpriseGroup: '1',
      'GLTransactionInterface.RunGroup': 'LIST1',
      [SEQUENCE]: '12',
    };
    const rows = await rowsOf('GLTransactionInterface', query);
    expect(rows.some((row) => row['GLTransactionInterface.RunGroup'] !== 'LIST1')).toBe(true);
    await world.control('PATCH', '/tenants/ACME_TST/settings', { pagingDropsFilter: false });
  });

  it('an empty result is the header element alone; _recordCountOnly answers the count alone', async () => {
    const none = (await list('GLTransactionInterface', filterOf('NOSUCH'))).json;
    expect(none).toEqual([{ _count: 0, _links: [{ rel: 'self', href: expect.any(String) }] }]);
    const counted = await list('GLTransactionInterface', {
      ...filterOf('LIST1'),
      _recordCountOnly: 'true',
    });
    expect(counted.json).toEqual({ _count: 12 });
  });

  it('bad filter text is 400 and says so; parameters without meaning are ignored', async () => {
    const broken = await list('GLTransactionInterface', { _lplFilter: 'RunGroup equals 1' });
    expect([broken.status, broken.json]).toMatchObject([
      400,
      { message: expect.stringContaining('ConditionNode tree failed') },
    ]);
    const glued = await list('Currency', { _lplFilter: 'Currency = "USD" Currency = "USD"' });
    expect(glued.json).toMatchObject({ message: 'Expected a logical operator' });
    const simple = await list('Currency', { _filter: 'Currency' });
    expect(simple.status).toBe(400);
    expect((await list('Currency', { _offset: '10', _limt: '3' })).status).toBe(200);
  });

  it('5.6: reference data of the tenant', async () => {
    const accounts = await rowsOf('GeneralLedgerChartAccount', {
      _fields: 'Account,AccountDescription,Active,SystemRestriction',
      _filter: 'FinanceEnterpriseGroup::1',
    });
    expect(accounts).toContainEqual({
      Account: '40200',
      AccountDescription: 'Sales, old',
      Active: 'false',
      SystemRestriction: '',
    });
    expect(accounts.filter((one) => one['SystemRestriction'] !== '')).toMatchObject([
      { Account: '12000' },
    ]);
    expect(await rowsOf('AccountingEntity', { _fields: '_all' })).toMatchObject([
      { AccountingEntity: '100', FunctionalCurrency: 'USD' },
    ]);
    expect(await rowsOf('Currency', { _fields: 'Currency,NumberOfDecimals' })).toEqual([
      { Currency: 'USD', NumberOfDecimals: '2' },
    ]);
    expect(await rowsOf('FinanceEnterpriseGroup', {})).toEqual([{ FinanceEnterpriseGroup: '1' }]);
    expect((await list('NoSuchClass', {})).json).toMatchObject({
      message: expect.stringContaining('does not exist'),
    });
  });
});
