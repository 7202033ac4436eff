import { describe, expect, it } from '@jest/globals';
import { failure, FailureError } from '@mlc/kernel';
import { NotFoundException, UnprocessableEntityException } from '@nestjs/common';
import { z } from 'zod';
import { correlationIdOf, problemOf } from './problem-filter.js';

describe('problem details', () => {
  it('say what a failure says, with the status of its kind', () => {
    const error = new FailureError(failure('conflict', 'seller.exists', 'This seller exists.'));
    expect(problemOf(error, 'c1')).toEqual({
      type: 'urn:ml-connector:problem:seller.exists',
      title: 'Conflict',
      status: 409,
      code: 'seller.exists',
      detail: 'This seller exists.',
      correlationId: 'c1',
    });
  });

  it('name the fields of an invalid request', () => {
    const parsed = z.object({ rules: z.array(z.object({ post: z.string() })) }).safeParse({
      rules: [{ post: 1 }],
    });
    const problem = problemOf(parsed.error, 'c1');
    expect(problem).toMatchObject({ status: 400, code: 'request.invalid' });
    expect(problem.errors?.[0]?.path).toBe('rules.0.post');
  });

  it('keep what the framework and its body parsers say', () => {
    expect(problemOf(new NotFoundException('no such seller'), 'c1')).toMatchObject({
      status: 404,
      code: 'http.404',
      detail: 'no such seller',
    });
    const own = new UnprocessableEntityException({
      code: 'rules.invalid',
      detail: 'Row 3: no post.',
    });
    expect(problemOf(own, 'c1')).toMatchObject({
      code: 'rules.invalid',
      detail: 'Row 3: no post.',
    });
    const large = Object.assign(new Error('too large'), { status: 413, type: 'entity.too.large' });
    expect(problemOf(large, 'c1')).toMatchObject({ status: 413, code: 'request.entity.too.large' });
  });

  it('tell nothing of an error that was not meant for callers', () => {
    const internal = new Error('connect ECONNREFUSED 10.0.0.7:5432 password=abc');
    const problem = problemOf(internal, 'c1');
    expect(problem).toMatchObject({ status: 500, code: 'internal' });
    expect(JSON.stringify(problem)).not.toMatch(/10\.0|abc|stack/);
  });

  it('take over a caller’s correlation id only when it is one', () => {
    expect(correlationIdOf('order-1796277083022')).toBe('order-1796277083022');
    expect(correlationIdOf('a\nb')).not.toContain('\n');
    expect(correlationIdOf(undefined)).toHaveLength(36);
  });
});
