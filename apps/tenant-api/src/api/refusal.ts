import { HttpException } from '@nestjs/common';

export interface FieldError {
  /** `rules.3.post.account`. */
  readonly path: string;
  readonly message: string;
}

/** Why a request is refused, as the caller will read it in problem details. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 404 | 409 | 422 | 502;
  /** Stable, such as `preview-changed`. */
  readonly code: string;
  /** What was wrong, where, and what to do next. Repeats no value that may be a secret. */
  readonly detail: string;
  readonly errors?: readonly FieldError[];
}

/** The kit's filter answers it as problem details. */
export class RefusalError extends HttpException {
  constructor(readonly refusal: Refusal) {
    const { status, ...told } = refusal;
    super(told, status);
  }
}

export function conflict(code: string, detail: string): RefusalError {
  return new RefusalError({ status: 409, code, detail });
}

/** Somebody else's seller and no seller at all read the same. */
export function unknownSeller(): RefusalError {
  return new RefusalError({
    status: 404,
    code: 'seller-unknown',
    detail: 'There is no such seller. List the sellers to see which there are.',
  });
}

export function unprocessable(
  code: string,
  detail: string,
  errors: readonly FieldError[],
): RefusalError {
  return new RefusalError({ status: 422, code, detail, errors });
}

export function noKey(): RefusalError {
  return new RefusalError({
    status: 401,
    code: 'key-refused',
    detail: 'Send a valid API key as "Authorization: Bearer wmc_live_<id>_<secret>".',
  });
}

export function notPermitted(): RefusalError {
  return new RefusalError({
    status: 403,
    code: 'not-permitted',
    detail: 'This API key does not have the permission the endpoint asks for.',
  });
}
