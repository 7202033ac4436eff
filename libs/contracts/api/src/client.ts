import { err, failure, type FailureKind, ok, type Result } from '@mlc/kernel';
import { type Endpoint, problemSchema } from './endpoint.js';

export interface ApiRequest {
  readonly method: string;
  /** Path and query, percent-encoded. */
  readonly path: string;
  /** JSON text, or null. */
  readonly body: string | null;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
}

export interface Call<P, Q, B> {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
}

/** Calls an endpoint through whatever carries bytes; the answer is checked against the contract. */
export async function callEndpoint<P, Q, B, S>(
  send: (request: ApiRequest) => Promise<ApiAnswer>,
  endpoint: Endpoint<P, Q, B, S>,
  call: Call<P, Q, B> = {},
): Promise<Result<S>> {
  const answer = await send({
    method: endpoint.method,
    path: pathOf(endpoint.path, call.params ?? {}, call.query ?? {}),
    body: call.body === undefined ? null : JSON.stringify(call.body),
  });
  let value: unknown;
  try {
    value = JSON.parse(answer.body);
  } catch {
    return err(
      failure('unavailable', 'api.unreadable', `status ${answer.status} without a JSON body`),
    );
  }
  if (answer.status >= 400) {
    const problem = problemSchema.safeParse(value);
    return problem.success
      ? err(failure(kindOf(answer.status), problem.data.code, problem.data.detail))
      : err(
          failure(
            'unavailable',
            'api.unreadable',
            `status ${answer.status} without problem details`,
          ),
        );
  }
  const parsed = endpoint.success.safeParse(value);
  return parsed.success
    ? ok(parsed.data)
    : err(failure('bug', 'api.contract', `${endpoint.path}: the answer breaks the contract`));
}

const KINDS: Readonly<Record<number, FailureKind>> = {
  401: 'unauthorised',
  403: 'unauthorised',
  404: 'not-found',
  409: 'conflict',
  429: 'rate-limited',
};

function kindOf(status: number): FailureKind {
  return KINDS[status] ?? (status >= 500 ? 'unavailable' : 'rejected');
}

function pathOf(path: string, params: object, query: object): string {
  const values = new Map<string, unknown>(Object.entries(params));
  const filled = path.replace(/:([A-Za-z]+)/g, (_, name: string) => {
    const value = values.get(name);
    if (typeof value !== 'string') throw new TypeError(`${path} needs ${name}`);
    return encodeURIComponent(value);
  });
  const search = Object.entries(query)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
    .join('&');
  return search === '' ? filled : `${filled}?${search}`;
}
