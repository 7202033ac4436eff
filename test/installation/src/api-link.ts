import { setTimeout as pause } from 'node:timers/promises';
import { type ApiAnswer, type ApiRequest, type Call, callEndpoint, type Endpoint } from '@mlc/api';
import { FailureError, unwrap } from '@mlc/kernel';

const CALL_TIMEOUT_MS = 60_000;

/** The tenant API as an operator's script would use it. */
export interface ApiLink {
  readonly url: string;
  readonly key: string;
  /** Throws the problem the API answered. */
  call<P, Q, B, S>(endpoint: Endpoint<P, Q, B, S>, call?: Call<P, Q, B>): Promise<S>;
}

export function apiLink(url: string, key: string): ApiLink {
  const send = async (request: ApiRequest): Promise<ApiAnswer> => {
    const response = await fetch(`${url}${request.path}`, {
      method: request.method,
      headers: {
        authorization: `Bearer ${key}`,
        accept: 'application/json',
        ...(request.body === null ? {} : { 'content-type': 'application/json' }),
      },
      ...(request.body === null ? {} : { body: request.body }),
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    });
    return { status: response.status, body: await response.text() };
  };
  return {
    url,
    key,
    call: async (endpoint, call) => unwrap(await callEndpoint(send, endpoint, call)),
  };
}

const PATIENCE_MS = 60_000;
const AGAIN_MS = 250;
const AGAIN: ReadonlySet<string> = new Set(['unavailable', 'rate-limited']);

/**
 * The same API for a caller who expects restarts: a call that got no answer, or that one of our own
 * parts was away for, is made again. Every call of the tenant API may be repeated.
 */
export function patientLink(api: ApiLink): ApiLink {
  return {
    ...api,
    async call(endpoint, call) {
      const startedMs = performance.now();
      for (;;) {
        try {
          return await api.call(endpoint, call);
        } catch (error) {
          const refused = error instanceof FailureError && !AGAIN.has(error.failure.kind);
          if (refused || performance.now() - startedMs > PATIENCE_MS) throw error;
          await pause(AGAIN_MS);
        }
      }
    },
  };
}
