import { describe, expect, it } from '@jest/globals';
import { failure, FailureError } from '@mlc/kernel';
import { createLogger, nestLogger } from './logger.js';

function recorder(): { lines: Record<string, unknown>[]; write: (line: string) => void } {
  const lines: Record<string, unknown>[] = [];
  return { lines, write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>) };
}

describe('logger', () => {
  it('lets only named fields through, and only plain values', () => {
    const out = recorder();
    const log = createLogger('mapping', 'info', out);
    log.info(
      {
        seller: 's1',
        authorization: 'Bearer abc',
        body: { clientSecret: 'abc' },
        order: { shippingInfo: 'abc' },
        orders: ['1', { buyer: 'abc' }],
      },
      'order read',
    );
    expect(out.lines[0]).toMatchObject({
      level: 'info',
      service: 'mapping',
      msg: 'order read',
      seller: 's1',
      order: '[left out]',
      orders: ['1', '[left out]'],
    });
    expect(JSON.stringify(out.lines)).not.toContain('abc');
  });

  it('logs an error’s type, code, message and causes, nothing hung on it', () => {
    const out = recorder();
    const cause = Object.assign(new Error('duplicate key'), { code: '23505', parameters: ['abc'] });
    const error = new FailureError(failure('conflict', 'lease.lost', 'held by another'));
    error.cause = cause;
    createLogger('mapping', 'info', out).error({ err: error }, 'not applied');
    expect(out.lines[0]?.['err']).toMatchObject({
      type: 'FailureError',
      code: 'lease.lost',
      cause: { message: 'duplicate key', code: '23505' },
    });
    expect(JSON.stringify(out.lines)).not.toContain('abc');
  });

  it('takes Nest’s records too', () => {
    const out = recorder();
    const nest = nestLogger(createLogger('mapping', 'info', out));
    nest.log('starting', 'NestFactory');
    nest.error({ message: 'slice not applied', topic: 't', secret: 'abc' }, 'Strategy');
    expect(out.lines).toMatchObject([
      { msg: 'slice not applied', topic: 't', context: 'Strategy' },
    ]);
  });
});
