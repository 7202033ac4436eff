/** An expected outcome as a value: callers must look before they use it. */
export type Result<T, E = Failure> = Ok<T> | Err<E>;

export interface Ok<T> {
  readonly ok: true;
  readonly value: T;
}

export interface Err<E> {
  readonly ok: false;
  readonly error: E;
}

export function ok<T>(value: T): Ok<T> {
  return { ok: true, value };
}

export function err<E>(error: E): Err<E> {
  return { ok: false, error };
}

/**
 * What kind of trouble a failure is; decides what may be done about it.
 * `unknown-outcome` is never retried: it is looked up.
 */
export type FailureKind =
  | 'invalid'
  | 'rejected'
  | 'not-found'
  | 'conflict'
  | 'unauthorised'
  | 'rate-limited'
  | 'unavailable'
  | 'unknown-outcome'
  | 'bug';

/** A failure a person or a program can act on. Carries no secret and no personal datum. */
export interface Failure {
  /** Stable code such as `walmart.token-refused`. */
  readonly code: string;
  readonly kind: FailureKind;
  /** What was wrong, where, and what to do next. */
  readonly message: string;
  readonly detail?: Readonly<Record<string, string | number | boolean | null>>;
  /** Earliest moment another try makes sense, in ms from now. */
  readonly retryAfterMs?: number;
}

export function failure(
  kind: FailureKind,
  code: string,
  message: string,
  more: Pick<Failure, 'detail' | 'retryAfterMs'> = {},
): Failure {
  return { kind, code, message, ...more };
}

/** For code that must throw: a `Failure` as an `Error`, so that it keeps its code and kind. */
export class FailureError extends Error {
  constructor(readonly failure: Failure) {
    super(`${failure.code}: ${failure.message}`);
    this.name = 'FailureError';
  }
}

export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new FailureError(result.error);
}
