import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { FailureError, type FailureKind } from '@mlc/kernel';
import { KeepHandlerError } from '@mlc/messaging';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';

/** RFC 9457 problem details as every API of ours answers them. */
export interface ProblemDetails {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly correlationId: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

const STATUS_OF: Readonly<Record<FailureKind, number>> = {
  invalid: 400,
  rejected: 422,
  'not-found': 404,
  conflict: 409,
  unauthorised: 401,
  'rate-limited': 429,
  unavailable: 503,
  'unknown-outcome': 504,
  bug: 500,
};

type Told = Pick<ProblemDetails, 'status' | 'code' | 'detail' | 'errors'>;

/** Turns whatever a request ends with into problem details. What was not meant for callers stays here. */
export function problemOf(error: unknown, correlationId: string): ProblemDetails {
  const told = tell(error);
  return {
    type: `urn:ml-connector:problem:${told.code}`,
    title: STATUS_CODES[told.status] ?? 'Error',
    correlationId,
    ...told,
  };
}

function tell(error: unknown): Told {
  if (error instanceof FailureError && error.failure.kind !== 'bug') {
    const { kind, code, message } = error.failure;
    return { status: STATUS_OF[kind], code, detail: message };
  }
  if (error instanceof z.ZodError) {
    const errors = error.issues
      .slice(0, 100)
      .map((issue) => ({ path: issue.path.map(String).join('.'), message: issue.message }));
    return { status: 400, code: 'request.invalid', detail: 'The request is not valid.', errors };
  }
  if (error instanceof HttpException) return tellHttp(error);
  const refused = bodyRefusal.safeParse(error);
  if (refused.success) {
    const { status, type } = refused.data;
    return { status, code: `request.${type}`, detail: `The body was refused: ${type}.` };
  }
  return {
    status: 500,
    code: 'internal',
    detail: 'Something failed on our side. Quote the correlation id when you ask about it.',
  };
}

/** What express's body parsers throw. */
const bodyRefusal = z.object({
  status: z.int().min(400).max(499),
  type: z.string().regex(/^[a-z.]{1,60}$/),
});

const ownAnswer = z.object({
  code: z.string().optional(),
  detail: z.string().optional(),
  message: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});

function tellHttp(error: HttpException): Told {
  const status = error.getStatus();
  const answer = ownAnswer.safeParse(error.getResponse());
  const own = answer.success ? answer.data : {};
  const hidden = status >= 500 && own.detail === undefined;
  return {
    status,
    code: own.code ?? `http.${status}`,
    detail: hidden ? 'Something failed on our side.' : (own.detail ?? own.message ?? error.message),
    ...(own.errors ? { errors: own.errors } : {}),
  };
}

const CORRELATION_ID = /^[A-Za-z0-9._-]{1,100}$/;

/** The caller's correlation id when it is well formed, else a new one. */
export function correlationIdOf(header: string | undefined): string {
  return header !== undefined && CORRELATION_ID.test(header) ? header : randomUUID();
}

/** Answers failed HTTP requests; hands failed event handlers' errors to the transport unchanged. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly events = new KeepHandlerError();

  constructor(private readonly log: Logger) {}

  catch(error: unknown, host: ArgumentsHost): unknown {
    if (host.getType() !== 'http') return this.events.catch(error);
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    const correlationId = correlationIdOf(request.header('x-correlation-id'));
    const problem = problemOf(error, correlationId);
    if (problem.status >= 500) {
      this.log.error({ err: error, correlationId, method: request.method }, 'request failed');
    }
    if (response.headersSent) {
      response.destroy();
      return undefined;
    }
    response
      .status(problem.status)
      .set('x-correlation-id', correlationId)
      .type('application/problem+json')
      .send(JSON.stringify(problem));
    return undefined;
  }
}
