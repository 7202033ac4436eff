import { describe, expect, it } from '@jest/globals';
import type { HttpClient, HttpRequest } from '@mlc/http';
import { ok } from '@mlc/kernel';
import type { IonapiFile } from './ionapi.js';
import { requestCloudSuiteToken } from './token.js';

const file: IonapiFile = {
  tenant: 'ACME_TST',
  clientName: 'spec',
  clientId: 'ACME_TST~client',
  clientSecret: 'not-a-secret',
  accessKey: 'ACME_TST#key',
  secretKey: 'w&rd=1',
  scopes: [],
  apiBase: 'https://gateway.invalid/ACME_TST',
  tokenUrl: 'https://sso.invalid/ACME_TST/as/token.oauth2',
  revokeUrl: null,
};

async function ask(status: number, body: string) {
  const requests: HttpRequest[] = [];
  const http: HttpClient = {
    send(request) {
      requests.push(request);
      return Promise.resolve(ok({ status, headers: {}, body, durationMs: 1 }));
    },
    close: () => Promise.resolve(),
  };
  return { result: await requestCloudSuiteToken(file, http), requests };
}

describe('CloudSuite login', () => {
  it('uses the password grant with Basic client authentication', async () => {
    const { result, requests } = await ask(200, '{"access_token":"t","expires_in":7200}');
    expect(result).toEqual({ ok: true, value: { accessToken: 't', expiresInS: 7200 } });
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({
      method: 'POST',
      url: file.tokenUrl,
      body: 'grant_type=password&username=ACME_TST%23key&password=w%26rd%3D1',
    });
    expect(requests[0]?.headers['authorization']).toBe(
      `Basic ${Buffer.from('ACME_TST~client:not-a-secret').toString('base64')}`,
    );
  });

  it('takes a lifetime written as a text', async () => {
    const { result } = await ask(200, '{"access_token":"t","expires_in":"3600"}');
    expect(result).toMatchObject({ ok: true, value: { expiresInS: 3600 } });
  });

  it.each([
    [200, '{"access_token":"t"}', 'cloudsuite.token-unreadable'],
    [200, '<html>', 'cloudsuite.token-unreadable'],
    [400, '{"error":"invalid_grant"}', 'cloudsuite.token-refused'],
    [401, '', 'cloudsuite.token-refused'],
    [429, '', 'cloudsuite.token-throttled'],
    [500, 'w&rd=1', 'cloudsuite.token-unavailable'],
  ])('answers %s %s with %s, and no secret', async (status, body, code) => {
    const { result } = await ask(status, body);
    expect(result).toMatchObject({ ok: false, error: { code } });
    expect(JSON.stringify(result)).not.toContain('w&rd');
  });
});
