import { STATUS_CODES } from 'node:http';
import type { Problem } from '@mlc/api';
import { FailureError, type FailureKind } from '@mlc/kernel';
import { LOGGER } from '@mlc/service-kit';
import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  Inject,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import { type Observable, throwError } from 'rxjs';
import { correlationOf } from './correlation.js';
import { RefusalError } from './refusal.js';

type Told = Pick<Problem, 'status' | 'code' | 'detail'> & { errors?: Problem['errors'] };

const STATUS_OF: Record<FailureKind, number> = {
  invalid: 422,
  rejected: 422,
  'not-found': 404,
  conflict: 409,
  unauthorised: 502,
  'rate-limited': 503,
  unavailable: 503,
  'unknown-outcome': 502,
  bug: 500,
};

/** Every refusal and every error leaves as problem details (RFC 9457); what is a bug says nothing more. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): Observable<never> | undefined {
    if (host.getType() !== 'http') return throwError(() => error);
    const http = host.switchToHttp();
    const response = http.getResponse<Response>();
    const correlationId = correlationOf(http.getRequest<Request>(), response);
    const told = tell(error);
    if (told.status >= 500) {
      this.logger.error({ err: error, correlationId, code: told.code }, 'request failed');
    }
    if (response.headersSent) return undefined;
    if (told.status === 401) response.setHeader('www-authenticate', 'Bearer realm="ml-connector"');
    response
      .status(told.status)
      .type('application/problem+json')
      .send(
        JSON.stringify({
          type: 'about:blank',
          title: STATUS_CODES[told.status] ?? 'Error',
          ...told,
          correlationId,
        } satisfies Problem),
      );
    return undefined;
  }
}

function tell(error: unknown): Told {
  if (error instanceof RefusalError) {
    const { status, code, detail, errors } = error.refusal;
    return { status, code, detail, ...(errors ? { errors: [...errors] } : {}) };
  }
  if (error instanceof FailureError) {
    const { kind, code, message } = error.failure;
    return kind === 'bug' ? BUG : { status: STATUS_OF[kind], code, detail: message };
  }
  if (error instanceof HttpException) return tellHttp(error.getStatus());
  const status = (error as { status?: unknown } | null)?.status;
  // The body reader's errors carry a status but are not Nest's.
  return status === 400 || status === 413 || status === 415 ? tellHttp(status) : BUG;
}

const BUG: Told = {
  status: 500,
  code: 'internal',
  detail: 'Something is wrong on our side; name the correlation id to the operator.',
};

function tellHttp(status: number): Told {
  switch (status) {
    case 400:
      return { status, code: 'unreadable', detail: 'The request body is not readable JSON.' };
    case 401:
      return {
        status,
        code: 'unauthenticated',
        detail: 'Send a valid API key as "Authorization: Bearer wmc_live_<id>_<secret>".',
      };
    case 403:
      return { status, code: 'forbidden', detail: 'This API key may not do this.' };
    case 404:
      return { status, code: 'unknown-route', detail: 'There is no such endpoint.' };
    case 413:
      return { status, code: 'too-large', detail: 'The request body is too large.' };
    default:
      return status >= 500
        ? BUG
        : { status, code: 'refused', detail: STATUS_CODES[status] ?? 'The request was refused.' };
  }
}
