import { describe, expect, it } from '@jest/globals';
import { testWorld } from '@mlc/testing';
import fc from 'fast-check';
import pg from 'pg';
import { asParameters } from './array-literal.js';

/** What PostgreSQL cannot store in text at all. */
const storable = fc
  .string({ unit: 'binary' })
  .filter((text) => !text.includes('\u0000') && text.isWellFormed());

describe('batch columns', () => {
  it('arrive in PostgreSQL as they were, whatever they hold', async () => {
    const client = new pg.Client(testWorld().databaseUrl);
    await client.connect();
    try {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.option(storable)),
          fc.array(fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))),
          async (texts, numbers) => {
            const { rows } = await client.query<{ texts: unknown; numbers: unknown }>(
              'select $1::text[] as texts, $2::bigint[] as numbers',
              asParameters([texts, numbers]),
            );
            expect(rows[0]).toEqual({
              texts,
              numbers: numbers.map((n) => (n === null ? null : String(n))),
            });
          },
        ),
        {
          examples: [
            [
              ['NULL', 'null', '', ' ', '{', '"', '\\', 'a,b', '\n\t', '{"a":"b\\"c"}', 'ü☂'],
              [null],
            ],
          ],
          numRuns: 200,
        },
      );
    } finally {
      await client.end();
    }
  });

  it('are left to the driver where they are not plain', () => {
    const buffers = [Buffer.from('a')];
    expect(asParameters([buffers, 'text', 1, null])).toEqual([buffers, 'text', 1, null]);
  });
});
