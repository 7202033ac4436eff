import type { HttpClient } from '@mlc/http';
import { err, failure, ok, type Result } from '@mlc/kernel';
import { boundedJson, membersOf, textOf } from './bounded-json.js';
import type { IonapiFile } from './ionapi.js';

export interface CloudSuiteToken {
  readonly accessToken: string;
  readonly expiresInS: number;
}

const TOKEN_TIMEOUT_MS = 30_000;
const MAX_TOKEN_ANSWER_BYTES = 64 * 1024;
const MAX_LIFETIME_S = 24 * 3600;

/**
 * Password grant of a service account, client authenticated by Basic. One request, no retry: logins are
 * counted (20 a minute, 1,000 a day) and the caller keeps the token until it expires. No failure
 * carries a credential or the server's free text.
 */
export async function requestCloudSuiteToken(
  file: IonapiFile,
  http: HttpClient,
): Promise<Result<CloudSuiteToken>> {
  const form = new URLSearchParams({
    grant_type: 'password',
    username: file.accessKey,
    password: file.secretKey,
  });
  if (file.scopes.length > 0) form.set('scope', file.scopes.join(' '));
  const basic = Buffer.from(`${file.clientId}:${file.clientSecret}`).toString('base64');
  const answer = await http.send({
    method: 'POST',
    url: file.tokenUrl,
    headers: {
      authorization: `Basic ${basic}`,
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    },
    body: form.toString(),
    timeoutMs: TOKEN_TIMEOUT_MS,
    maxResponseBytes: MAX_TOKEN_ANSWER_BYTES,
  });
  if (!answer.ok) return answer;
  const { status, body } = answer.value;
  if (status === 200) return readToken(body);
  return err(refusal(status, body));
}

function readToken(body: string): Result<CloudSuiteToken> {
  const members = membersOf(boundedJson(body));
  const accessToken = textOf(members?.get('access_token'));
  const lifetime = textOf(members?.get('expires_in')) ?? '';
  if (!accessToken || accessToken.length > 16_384 || !/^[1-9]\d{0,8}$/.test(lifetime)) {
    const message =
      'the CloudSuite authorization server answered 200 without a usable access token';
    return err(failure('unavailable', 'cloudsuite.token-unreadable', message));
  }
  return ok({ accessToken, expiresInS: Math.min(Number(lifetime), MAX_LIFETIME_S) });
}

function refusal(status: number, body: string) {
  const said = textOf(membersOf(boundedJson(body))?.get('error')) ?? '';
  const error = /^[a-z_]{1,60}$/.test(said) ? said : null;
  const detail = { status, error };
  if (status === 429) {
    const message = 'the CloudSuite login limit is used up; wait a minute, or until tomorrow';
    return failure('rate-limited', 'cloudsuite.token-throttled', message, {
      detail,
      retryAfterMs: 60_000,
    });
  }
  if (status >= 400 && status < 500) {
    const message =
      'CloudSuite refused the service account; check that the .ionapi file is current and the account is active';
    return failure('unauthorised', 'cloudsuite.token-refused', message, { detail });
  }
  const message = 'the CloudSuite authorization server is in trouble, or hides a refusal behind it';
  return failure('unavailable', 'cloudsuite.token-unavailable', message, { detail });
}
