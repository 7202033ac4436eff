import { describe, expect, it } from '@jest/globals';
import { failure } from '@mlc/kernel';
import fc from 'fast-check';
import { SUBMITTED_TEXT } from './fsm-names.js';
import {
  classifyAnswer,
  classifyFailure,
  isGatewayRefusal,
  proveSentence,
  responseClasses,
} from './response-class.js';
import { readStageAnswer } from './stage-answer.js';

const submitted = proveSentence(SUBMITTED_TEXT);

function answer(status: number, body: string, headers: Record<string, string> = {}) {
  return { status, body, headers, durationMs: 1 };
}

function created(sequence: number) {
  return {
    _fields: {
      'GLTransactionInterface.RunGroup': 'WMSPEC',
      'GLTransactionInterface.SequenceNumber': String(sequence),
      TransactionAmount: '457.660',
    },
    message: 'Global Ledger Transaction Interface created',
  };
}

function refused(sequence: number) {
  return { _fields: created(sequence)._fields, exception: { message: 'no such account' } };
}

function stage(elements: unknown[], sent = [1, 2]) {
  return readStageAnswer(JSON.stringify(elements), 'WMSPEC', new Set(sent))?.class ?? 'UNKNOWN';
}

const done = { batchStatus: '0' };

describe('response classes', () => {
  it('is total: any status with any bytes is one class, and accepted only when proven', () => {
    const bodies = fc.oneof(
      fc.string(),
      fc.json(),
      fc.constantFrom('', '[]', '{}', 'null', '<html>502</html>', `"${SUBMITTED_TEXT}`),
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999 }), bodies, (status, body) => {
        for (const effect of ['read', 'write'] as const) {
          const seen = classifyAnswer(effect, answer(status, body), submitted);
          expect(responseClasses).toContain(seen.class);
          expect(seen.class).not.toBe('ACCEPTED');
        }
        expect(stage([body])).not.toBe('ACCEPTED');
      }),
    );
  });

  it.each([
    [200, `"${SUBMITTED_TEXT}"`, 'ACCEPTED'],
    [200, SUBMITTED_TEXT, 'ACCEPTED'],
    [200, `[{"_count":"1"},{"message":"${SUBMITTED_TEXT}"}]`, 'ACCEPTED'],
    [200, `{"message":"${SUBMITTED_TEXT}","exception":{"message":"no"}}`, 'UNKNOWN'],
    [200, `Not ${SUBMITTED_TEXT}`, 'UNKNOWN'],
    [200, '', 'UNKNOWN'],
    [302, '', 'UNKNOWN'],
    [400, '{"code":"x","message":"bad date"}', 'REJECTED'],
    [400, '<html>bad gateway</html>', 'UNKNOWN'],
    [401, '{"error":"Unauthorized"}', 'AUTH'],
    [401, '{"error":"Unauthorized","more":1}', 'UNKNOWN'],
    [403, '{"message":"no"}', 'UNKNOWN'],
    [404, '', 'REJECTED'],
    [408, '{"message":"late"}', 'UNKNOWN'],
    [429, '', 'THROTTLED'],
    [500, 'Error: [WorkerUnavailable]', 'UNKNOWN'],
    [503, '', 'UNKNOWN'],
    [504, '{"error":{"message":"Request aborted"}}', 'UNKNOWN'],
  ])('a write answered %s %s is %s', (status, body, expected) => {
    expect(classifyAnswer('write', answer(status, body), submitted).class).toBe(expected);
  });

  it('a read may take any 401 for a refused token', () => {
    expect(classifyAnswer('read', answer(401, 'oauth U14'), submitted).class).toBe('AUTH');
    expect(isGatewayRefusal(answer(401, '{"error":"Unauthorized"}'))).toBe(true);
    expect(isGatewayRefusal(answer(500, '{"error":"Unauthorized"}'))).toBe(false);
  });

  it('a lost call is unknown, one that never left is not sent', () => {
    const lost = failure('unknown-outcome', 'http.reset', 'connection reset');
    expect(classifyFailure({ ...lost, sent: 'maybe' }).class).toBe('UNKNOWN');
    expect(classifyFailure({ ...lost, sent: 'no' }).class).toBe('NOT_SENT');
  });

  it('keeps the transaction id and a sane Retry-After', () => {
    const headers = { 'x-transaction-id': '1764-abc', 'retry-after': '7' };
    const seen = classifyAnswer('read', answer(429, '', headers), submitted);
    expect(seen).toMatchObject({ transactionId: '1764-abc', retryAfterMs: 7000 });
  });
});

describe('batch create answer (a 200 can hold failures)', () => {
  it('is accepted when each line was created, in any order', () => {
    expect(stage([created(2), created(1), done])).toBe('ACCEPTED');
  });

  it('is partial or rejected by its exceptions, with the text of each line', () => {
    expect(stage([created(1), refused(2), { batchStatus: '1' }])).toBe('PARTIAL');
    expect(stage([refused(1), refused(2), done])).toBe('REJECTED');
    const reading = readStageAnswer(
      JSON.stringify([created(1), refused(2)]),
      'WMSPEC',
      new Set([1, 2]),
    );
    expect(reading?.refusedLines.get(2)).toBe('no such account');
  });

  it.each([
    ['a missing element', [created(1), done]],
    ['a line we did not send', [created(1), created(3), done]],
    ['one line twice', [created(1), created(1), done]],
    ['no batch status', [created(1), created(2)]],
    ['another batch status', [created(1), created(2), { batchStatus: '3' }]],
    ['another message', [created(1), { ...created(2), message: 'queued' }, done]],
    [
      'another run group',
      [
        created(1),
        {
          ...created(2),
          _fields: { ...created(2)._fields, 'GLTransactionInterface.RunGroup': 'X' },
        },
        done,
      ],
    ],
  ])('proves nothing with %s', (_, elements) => {
    expect(stage(elements)).toBe('UNKNOWN');
  });
});
