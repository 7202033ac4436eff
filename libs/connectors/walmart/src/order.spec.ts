import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decimalOf, readOrderBody, statusRank } from './order.js';

const PO = '1796277083022';

function charge(amount: string, more = ''): string {
  return `{"chargeType":"PRODUCT","chargeName":"ItemPrice","chargeAmount":{"currency":"USD","amount":${amount}}${more}}`;
}

interface LineParts {
  charges?: string;
  refund?: string;
  quantity?: string;
  statuses?: string;
  more?: string;
}

function line(parts: LineParts = {}): string {
  const quantity = parts.quantity ?? '"1"';
  return `{"lineNumber":"4","item":{"productName":"Laundry bag","sku":"test1"},
    "charges":${parts.charges ?? `{"charge":[${charge('10')}]}`},
    "orderLineQuantity":{"unitOfMeasurement":"EACH","amount":${quantity}},"statusDate":1568466647000,
    "orderLineStatuses":{"orderLineStatus":${parts.statuses ?? `[{"status":"Shipped","statusQuantity":{"amount":"1"}}]`}}
    ${parts.refund ?? ''}${parts.more ?? ''}}`;
}

function order(lines: string, more = ''): string {
  return `{"order":{"purchaseOrderId":"${PO}","customerOrderId":"5281956426648",
    "customerEmailId":"ada@relay.example","orderDate":1568466571000,
    "shippingInfo":{"phone":"5555550100","postalAddress":{"name":"Ada Made-Up","address1":"1 Example Street","state":"NY"}},
    "orderLines":{"orderLine":${lines}}${more}}}`;
}

function facts(body: string) {
  const read = readOrderBody(PO, body);
  if (!read.ok) throw new Error(read.error.message);
  return read.value;
}

describe('an order body', () => {
  it('becomes facts without the buyer', () => {
    const read = facts(
      order(
        `[${line({ charges: `{"charge":[${charge('10', ',"tax":{"taxName":"Tax1","taxAmount":{"currency":"USD","amount":0.80}}')}]}` })}]`,
        ',"orderType":"REPLACEMENT","shipNode":{"type":"3PLFulfilled","name":"xyz","id":"123"},"miscAttributes":{"new":[1]}',
      ),
    );
    expect(read).toEqual({
      purchaseOrderId: PO,
      customerOrderId: '5281956426648',
      orderType: 'REPLACEMENT',
      orderedAt: '2019-09-14T13:09:31.000Z',
      shipNodeId: '123',
      shipToState: 'NY',
      lines: [
        {
          lineNumber: '4',
          sku: 'test1',
          quantity: 1,
          statuses: [{ status: 'Shipped', quantity: 1 }],
          statusAt: '2019-09-14T13:10:47.000Z',
          charges: [
            {
              chargeType: 'PRODUCT',
              chargeName: 'ItemPrice',
              charge: { currency: 'USD', amount: '10' },
              tax: { currency: 'USD', amount: '0.80' },
            },
          ],
          refunds: [],
          returnOrderId: null,
        },
      ],
    });
    expect(JSON.stringify(read)).not.toMatch(/Ada|5555550100|Example Street|relay/);
  });

  it('keeps amounts as they are written, whatever a float would make of them', () => {
    for (const amount of [
      '0.1',
      '19.990',
      '-19.99',
      '90071992547409.93',
      '100000000000000000.01',
    ]) {
      const read = facts(order(`[${line({ charges: `{"charge":[${charge(amount)}]}` })}]`));
      expect(read.lines[0]?.charges[0]?.charge.amount).toBe(amount);
    }
  });

  it('reads a bare object where a list of one is meant', () => {
    const single = line({
      charges: `{"charge":${charge('5')}}`,
      statuses: '{"status":"Created","statusQuantity":{"amount":"1"}}',
    });
    const read = facts(order(single));
    expect(read.lines).toHaveLength(1);
    expect(read.lines[0]).toMatchObject({
      charges: [{ charge: { amount: '5' } }],
      statuses: [{ status: 'Created', quantity: 1 }],
    });
  });

  it.each(['{}', 'null', '{"charge":[]}', '{"charge":[{}]}', '{"charge":""}', '{"charge":null}'])(
    'reads charges %s as none',
    (charges) => {
      expect(facts(order(`[${line({ charges })}]`)).lines[0]?.charges).toEqual([]);
    },
  );

  it('takes refunds in every shape met, sign as read', () => {
    const refund = `{"refundId":"1","refundCharges":{"refundCharge":[{"refundReason":"BillingError","charge":${charge('-19.99')}}]}}`;
    const shapes = [
      `,"refund":${refund}`,
      `,"refund":[${refund}]`,
      `,"refunds":{"refund":[${refund}]}`,
      `,"refunds":{"refundLines":{"refundLine":[${refund}]}}`,
    ];
    for (const shape of shapes) {
      expect(facts(order(`[${line({ refund: shape })}]`)).lines[0]?.refunds).toEqual([
        {
          chargeType: 'PRODUCT',
          chargeName: 'ItemPrice',
          charge: { currency: 'USD', amount: '-19.99' },
          tax: null,
        },
      ]);
    }
    for (const none of [',"refund":null', ',"refund":{}', ',"refunds":{"refundLines":{}}']) {
      expect(facts(order(`[${line({ refund: none })}]`)).lines[0]?.refunds).toEqual([]);
    }
  });

  it.each([
    ['a charge without its amount', line({ charges: '{"charge":[{"chargeType":"PRODUCT"}]}' })],
    ['part of a unit', line({ quantity: '"1.5"' })],
    ['no quantity', line({ quantity: 'null' })],
    ['an amount that is no decimal', line({ charges: `{"charge":[${charge('"ten"')}]}` })],
    ['one number twice', `${line()},${line()}`],
  ])('is refused with %s, naming the order', (_what, lines) => {
    expect(readOrderBody(PO, order(`[${lines}]`))).toMatchObject({
      ok: false,
      error: {
        code: 'walmart.order-unreadable',
        message: expect.stringContaining(PO) as unknown,
      },
    });
  });

  it('is refused when it is another order, is not JSON, or is nested past the limit', () => {
    expect(readOrderBody('2', order(`[${line()}]`))).toMatchObject({ ok: false });
    expect(readOrderBody(PO, '<html>')).toMatchObject({
      ok: false,
      error: { code: 'walmart.answer-unreadable' },
    });
    const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`;
    expect(readOrderBody(PO, order(`[${line({ more: `,"x":${deep}` })}]`))).toMatchObject({
      ok: false,
    });
    expect(facts(order(`[${line({ more: `,"x":"${'['.repeat(100)}\\"{"` })}]`)).lines).toHaveLength(
      1,
    );
  });
});

describe('decimals', () => {
  it('writes an exponent out exactly', () => {
    expect(decimalOf('1.5E1')).toBe('15');
    expect(decimalOf('1e-2')).toBe('0.01');
    expect(decimalOf('-12.34e+1')).toBe('-123.4');
    expect(decimalOf('1e400')).toBeNull();
    expect(decimalOf('NaN')).toBeNull();
  });

  it('never changes the value', () => {
    const exponents = fc.integer({ min: -15, max: 15 });
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }),
        exponents,
        (digits, shift) => {
          const read = decimalOf(`${digits}e${shift}`) ?? '';
          const [whole = '', fraction = ''] = read.replace('-', '').split('.');
          const scale = 15;
          const value = BigInt(whole + fraction.padEnd(scale, '0'));
          const wanted = (digits < 0n ? -digits : digits) * 10n ** BigInt(scale + shift);
          expect(value).toBe(wanted);
        },
      ),
    );
  });
});

describe('status rank', () => {
  const at = (...statuses: [string, number][]) => [
    { statuses: statuses.map(([status, quantity]) => ({ status, quantity })) },
  ];
  it('grows with every step a line can take, also for part of its units', () => {
    const steps = [
      at(['Created', 2]),
      at(['Acknowledged', 2]),
      at(['Acknowledged', 1], ['Shipped', 1]),
      at(['Shipped', 2]),
      at(['Shipped', 1], ['Delivered', 1]),
      at(['Delivered', 2]),
    ].map(statusRank);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    expect(new Set(steps).size).toBe(steps.length);
    expect(statusRank(at(['Cancelled', 1]))).toBeGreaterThan(statusRank(at(['Acknowledged', 1])));
  });
});
