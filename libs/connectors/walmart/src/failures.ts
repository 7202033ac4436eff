import { type Clock, failure, type Failure } from '@mlc/kernel';
import { type HttpAnswer, type HttpFailure } from '@mlc/http';
import { listOf, objectOf, parseLoose, textOf, type Wire, type WireObject } from './json.js';

export interface VendorError {
  /** Without the suffix that names Walmart's service: `CONTENT_NOT_FOUND`. */
  readonly code: string;
  readonly text: string;
}

const MAX_ERRORS_READ = 20;
const MAX_TEXT_CHARS = 300;
/** Walmart documents no Retry-After; a minute is what its limits are counted in. */
const DEFAULT_RATE_WAIT_MS = 60_000;
const MAX_RATE_WAIT_MS = 3_600_000;

function jsonErrors(body: WireObject): readonly WireObject[] {
  const outer = body['errors'] ?? body['error'] ?? objectOf(body['list'])['errors'];
  const inner: Wire | undefined = objectOf(outer)['error'] ?? outer;
  return listOf(inner).slice(0, MAX_ERRORS_READ).map(objectOf);
}

function cut(text: string): string {
  return text.length > MAX_TEXT_CHARS ? `${text.slice(0, MAX_TEXT_CHARS - 1)}…` : text;
}

function vendorError(code: string | null, text: string | null): VendorError {
  return { code: (code ?? 'UNNAMED').replace(/\..*$/s, '').slice(0, 60), text: cut(text ?? '') };
}

function xmlErrors(body: string): readonly VendorError[] {
  const member = (name: string) => new RegExp(`<(?:\\w+:)?${name}>([^<]{0,500})</`);
  const code = member('code').exec(body)?.[1] ?? null;
  const text = member('description').exec(body)?.[1] ?? member('message').exec(body)?.[1] ?? null;
  if (code === null && text === null && !body.includes('_InternalGMPErrorWrapper')) return [];
  return [vendorError(code, text)];
}

/**
 * What Walmart said, in any of its envelopes: gateway `{"error": […]}`, current docs `{"errors": […]}`,
 * `{"errors": {"error": […] | {…}}}`, `{"error": {…}}`, XML with and without name space, the pre-routing
 * XML wrapper, and `list.errors` of an answer with status 200.
 */
export function vendorErrors(text: string): readonly VendorError[] {
  if (text.trimStart().startsWith('<')) return xmlErrors(text.slice(0, 20_000));
  const body = parseLoose(text);
  if (!body.ok) return [];
  return errorsIn(objectOf(body.value));
}

export function errorsIn(body: WireObject): readonly VendorError[] {
  return jsonErrors(body).map((each) =>
    vendorError(
      textOf(each['code']),
      textOf(each['description']) ?? textOf(each['message']) ?? textOf(each['info']),
    ),
  );
}

/** Seconds, epoch milliseconds and ISO instants have all been met in the replenish header. */
function waitIn(value: string, nowMs: number): number | null {
  const number = Number(value);
  const at = Number.isFinite(number) ? number : Date.parse(value);
  if (Number.isNaN(at)) return null;
  const waitMs = at > 1e11 ? at - nowMs : at * 1000;
  return Math.min(Math.max(Math.ceil(waitMs), 0), MAX_RATE_WAIT_MS);
}

/** How long Walmart asks us to wait, from `Retry-After` or either name of the replenish header. */
export function replenishWaitMs(headers: HttpAnswer['headers'], clock: Clock): number | null {
  const value =
    headers['retry-after'] ??
    headers['x-next-replenish-time'] ??
    headers['x-next-replenishment-time'];
  return value === undefined ? null : waitIn(value, clock.now());
}

/** Every call here is a read or a token request: nothing has to be looked up after one that broke. */
export function readFailure(cause: HttpFailure, what: string): Failure {
  const kind = cause.kind === 'unknown-outcome' ? 'unavailable' : cause.kind;
  return failure(
    kind,
    cause.code,
    `${what}: ${cause.message}`,
    cause.detail ? { detail: cause.detail } : {},
  );
}

interface Meaning {
  readonly kind: Failure['kind'];
  readonly code: string;
  readonly advice: string;
}

function meaningOf(status: number, errors: readonly VendorError[]): Meaning {
  if (status === 401) {
    return {
      kind: 'unauthorised',
      code: 'walmart.token-refused',
      advice: 'check the client id and secret and that they belong to this environment',
    };
  }
  if (status === 403) {
    return {
      kind: 'rejected',
      code: 'walmart.scope-missing',
      advice: 'give the API key read access to orders and items in Seller Center',
    };
  }
  if (status === 404) {
    return { kind: 'not-found', code: 'walmart.not-found', advice: 'check the id and the address' };
  }
  if (status === 429 || errors.some((each) => each.code === 'REQUEST_THRESHOLD_VIOLATED')) {
    return {
      kind: 'rate-limited',
      code: 'walmart.rate-limited',
      advice: 'it is tried again later',
    };
  }
  if (status === 206) {
    return {
      kind: 'unavailable',
      code: 'walmart.partial-content',
      advice: 'part of the content is missing; it is read again',
    };
  }
  if (status >= 500) {
    return { kind: 'unavailable', code: 'walmart.unavailable', advice: 'it is tried again later' };
  }
  if (status >= 200 && status < 300) {
    return {
      kind: 'unavailable',
      code: 'walmart.errors-in-answer',
      advice: 'the answer is not used; it is read again',
    };
  }
  return {
    kind: 'invalid',
    code: 'walmart.request-refused',
    advice: 'the request itself must change; see the text',
  };
}

/** An answer that is not what was asked for, as a failure that names it. */
export function answerFailure(
  what: string,
  answer: Pick<HttpAnswer, 'status' | 'headers' | 'body'>,
  clock: Clock,
): Failure {
  const errors = vendorErrors(answer.body);
  const { kind, code, advice } = meaningOf(answer.status, errors);
  const first = errors[0];
  const said = first ? ` (${first.code}${first.text === '' ? '' : `: ${first.text}`})` : '';
  const waits =
    kind === 'rate-limited'
      ? { retryAfterMs: replenishWaitMs(answer.headers, clock) ?? DEFAULT_RATE_WAIT_MS }
      : {};
  return failure(kind, code, `${what}: Walmart answered ${answer.status}${said}; ${advice}`, {
    detail: { status: answer.status, vendorCode: first?.code ?? null },
    ...waits,
  });
}

/** Only this, or a 404 on the list, means that a window is empty. */
export function isContentNotFound(answer: Pick<HttpAnswer, 'status' | 'body'>): boolean {
  return (
    answer.status === 404 &&
    vendorErrors(answer.body).some((each) => each.code.startsWith('CONTENT_NOT_FOUND'))
  );
}
