import { type ApiAnswer, type ApiRequest, type Call, callEndpoint, type Endpoint } from '@mlc/api';
import { unwrap } from '@mlc/kernel';

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
