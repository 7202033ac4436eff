import { err, failure, ok, type Result, systemClock } from '@mlc/kernel';
import { type HttpClient } from '@mlc/http';
import { answerFailure, readFailure } from './failures.js';
import { objectOf, parseExact, textOf } from './json.js';
import { walmartRequest } from './requests.js';

export interface WalmartTokenRequest {
  readonly http: HttpClient;
  readonly baseUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly timeoutMs?: number;
}

export interface WalmartToken {
  readonly accessToken: string;
  /** 900 as documented. */
  readonly expiresInS: number;
}

const TOKEN_TIMEOUT_MS = 20_000;
const MAX_TOKEN_LIFE_S = 86_400;

/** Client credentials grant. One request; asking again is the caller's decision. */
export async function requestWalmartToken(ask: WalmartTokenRequest): Promise<Result<WalmartToken>> {
  const basic = Buffer.from(`${ask.clientId}:${ask.clientSecret}`).toString('base64');
  const request = walmartRequest({
    method: 'POST',
    baseUrl: ask.baseUrl,
    path: '/v3/token',
    headers: {
      authorization: `Basic ${basic}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: 'grant_type=client_credentials',
    timeoutMs: ask.timeoutMs ?? TOKEN_TIMEOUT_MS,
  });
  const sent = await ask.http.send(request);
  if (!sent.ok) return err(readFailure(sent.error, 'asking for a token'));
  const { status } = sent.value;
  // A client unknown to Walmart gets a bare 400.
  if (status === 400 || status === 401) {
    const refused = answerFailure('asking for a token', sent.value, systemClock());
    return err(
      failure(
        'unauthorised',
        'walmart.credentials-refused',
        `Walmart refused the client id and secret (${status}); check both, and that they belong to this environment`,
        refused.detail ? { detail: refused.detail } : {},
      ),
    );
  }
  if (status !== 200) {
    return err(answerFailure('asking for a token', sent.value, systemClock()));
  }
  const body = parseExact(sent.value.body);
  if (!body.ok) return body;
  const accessToken = textOf(objectOf(body.value)['access_token']);
  const expiresInS = Number(textOf(objectOf(body.value)['expires_in']) ?? Number.NaN);
  if (accessToken === null || !(expiresInS > 0) || expiresInS > MAX_TOKEN_LIFE_S) {
    return err(
      failure(
        'unavailable',
        'walmart.answer-unreadable',
        'asking for a token: the answer holds no access_token with a sensible expires_in',
      ),
    );
  }
  return ok({ accessToken, expiresInS });
}
