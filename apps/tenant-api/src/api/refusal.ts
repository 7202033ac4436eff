/** Why a request is refused, as the caller will read it in problem details. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 404 | 409 | 422 | 502 | 503;
  /** Stable, such as `preview-changed`. */
  readonly code: string;
  /** What was wrong, where, and what to do next. Repeats no value that may be a secret. */
  readonly detail: string;
  readonly errors?: readonly FieldError[];
}

export interface FieldError {
  /** `rules.3.post.account`. */
  readonly path: string;
  readonly message: string;
}

export class RefusalError extends Error {
  constructor(readonly refusal: Refusal) {
    super(`${refusal.code}: ${refusal.detail}`);
    this.name = 'RefusalError';
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
