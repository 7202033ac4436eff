import type { Endpoint } from '@mlc/api';
import {
  applyDecorators,
  createParamDecorator,
  type ExecutionContext,
  HttpCode,
  RequestMapping,
  RequestMethod,
  SetMetadata,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { Caller } from './api-keys.js';
import { correlationOf } from './correlation.js';
import { type FieldError, RefusalError, unprocessable } from './refusal.js';

export const ENDPOINT = Symbol('ENDPOINT');

/** A request that was let in and fits its endpoint. */
export interface Call<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly caller: Caller;
  readonly correlationId: string;
}
export type CallOf<E> =
  E extends Endpoint<infer P, infer Q, infer B, unknown> ? Call<P, Q, B> : never;
export type AnswerOf<E> = E extends Endpoint<unknown, unknown, unknown, infer S> ? S : never;

export type AnyEndpoint = Endpoint<unknown, unknown, unknown, unknown>;

/**
 * Binds a handler to an endpoint of the contract: method, path, status, permission and schemas come
 * from there. The handler takes the checked call and answers what the endpoint promises.
 */
export function Serve<P, Q, B, S>(endpoint: Endpoint<P, Q, B, S>) {
  const bind = applyDecorators(
    RequestMapping({ path: endpoint.path, method: RequestMethod[endpoint.method] }),
    HttpCode(endpoint.successStatus),
    SetMetadata(ENDPOINT, endpoint),
  );
  return <T extends (call: Call<P, Q, B>) => Promise<S>>(
    target: object,
    name: string,
    descriptor: TypedPropertyDescriptor<T>,
  ): void => bind(target, name, descriptor);
}

export function endpointOf(handler: object): AnyEndpoint | undefined {
  return Reflect.getMetadata(ENDPOINT, handler) as AnyEndpoint | undefined;
}

/** The checked call; a body that does not fit is 422, anything else that does not is 400. */
export const Checked = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const endpoint = endpointOf(context.getHandler());
  if (!endpoint) throw new TypeError('a handler without an endpoint of the contract');
  const http = context.switchToHttp();
  const request = http.getRequest<Request & { user: Caller }>();
  return {
    params: read(endpoint.params, request.params, 'path'),
    query: read(endpoint.query, request.query, 'query'),
    body: read(endpoint.body, request.body ?? {}, 'body'),
    caller: request.user,
    correlationId: correlationOf(request, http.getResponse<Response>()),
  } satisfies Call<unknown, unknown, unknown>;
});

function read<T>(schema: z.ZodType<T>, value: unknown, where: 'path' | 'query' | 'body'): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors: FieldError[] = parsed.error.issues.map(({ path, message }) => ({
    path: path.join('.'),
    message,
  }));
  if (where === 'body') {
    throw unprocessable('invalid-body', 'The body does not fit; see the errors.', errors);
  }
  throw new RefusalError({
    status: 400,
    code: `invalid-${where}`,
    detail: `The ${where} does not fit; see the errors.`,
    errors,
  });
}
