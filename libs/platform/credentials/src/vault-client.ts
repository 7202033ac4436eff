import {
  type Clock,
  err,
  failure,
  type Failure,
  type FailureKind,
  ok,
  type Result,
} from '@mlc/kernel';
import type { HttpClient } from '@mlc/http';
import { z } from 'zod';
import { signServiceToken } from './service-token.js';

export type VendorSystem = 'walmart' | 'cloudsuite';

const lentToken = z.object({
  accessToken: z.string().min(1),
  /** ms since the epoch, UTC. */
  expiresAt: z.number(),
  /** Walmart's base URL, or CloudSuite's `{iu}/{ti}`. */
  endpoint: z.url(),
  attributes: z.record(z.string(), z.string()),
});
export type LentToken = z.infer<typeof lentToken>;

const sealed = z.object({
  fingerprint: z.string(),
  attributes: z.record(z.string(), z.string()),
});
export type Sealed = z.infer<typeof sealed>;

const problem = z.object({ code: z.string(), detail: z.string(), status: z.number() });

export interface VaultLink {
  readonly url: string;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly secret: Uint8Array;
  readonly service: string;
}

const TIMEOUT_MS = 70_000;
const MAX_ANSWER_BYTES = 65_536;

/** The vault's internal door. Bodies hold secrets: nothing here is logged. */
export class VaultClient {
  constructor(private readonly link: VaultLink) {}

  sealWalmart(
    seller: string,
    credentials: { clientId: string; clientSecret: string; baseUrl: string },
  ): Promise<Result<Sealed>> {
    return this.call(
      'PUT',
      `/internal/v1/credentials/${encodeURIComponent(seller)}/walmart`,
      credentials,
      sealed,
    );
  }

  sealCloudSuite(
    seller: string,
    ionapi: Readonly<Record<string, unknown>>,
  ): Promise<Result<Sealed>> {
    return this.call(
      'PUT',
      `/internal/v1/credentials/${encodeURIComponent(seller)}/cloudsuite`,
      { ionapi },
      sealed,
    );
  }

  borrow(
    seller: string,
    system: VendorSystem,
    refusedTokenHash: string | null,
  ): Promise<Result<LentToken>> {
    return this.call(
      'POST',
      '/internal/v1/tokens',
      { seller, system, refusedTokenHash },
      lentToken,
    );
  }

  private async call<T>(
    method: 'PUT' | 'POST',
    path: string,
    body: object,
    schema: z.ZodType<T>,
  ): Promise<Result<T>> {
    const { url, http, clock, secret, service } = this.link;
    const answer = await http.send({
      method,
      url: `${url}${path}`,
      headers: {
        authorization: `Bearer ${await signServiceToken(secret, service, clock)}`,
        'content-type': 'application/json',
        accept: 'application/json',
      },
      body: JSON.stringify(body),
      timeoutMs: TIMEOUT_MS,
      maxResponseBytes: MAX_ANSWER_BYTES,
    });
    if (!answer.ok) {
      return err(
        failure(
          'unavailable',
          'credentials.vault-unreachable',
          `The credential vault did not answer (${answer.error.code}); it is asked again at the next call.`,
        ),
      );
    }
    const value = parse(answer.value.body);
    if (answer.value.status >= 400) return err(refusal(answer.value.status, value));
    const parsed = schema.safeParse(value);
    return parsed.success
      ? ok(parsed.data)
      : err(
          failure(
            'bug',
            'credentials.vault-contract',
            'The credential vault answered in a shape that is not agreed.',
          ),
        );
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const KINDS: Readonly<Record<number, FailureKind>> = {
  401: 'unauthorised',
  403: 'unauthorised',
  404: 'not-found',
  429: 'rate-limited',
};

function refusal(status: number, value: unknown): Failure {
  const told = problem.safeParse(value);
  const kind = KINDS[status] ?? (status >= 500 ? 'unavailable' : 'rejected');
  return told.success
    ? failure(kind, told.data.code, told.data.detail)
    : failure(kind, 'credentials.vault-refused', `The credential vault answered ${status}.`);
}
