import { err, failure, ok, type Result } from '@mlc/kernel';
import { z } from 'zod';

/** Files are half a kilobyte; nothing above this is read. */
export const MAX_IONAPI_BYTES = 16 * 1024;

/** Infor's own clouds; anything else needs the operator's word. */
export const CLOUDSUITE_SUFFIXES: readonly string[] = ['.inforcloudsuite.com', '.inforgov.com'];

/** A backend service's credentials file, read and checked. Holds secrets: never log it. */
export interface IonapiFile {
  /** CloudSuite tenant. */
  readonly tenant: string;
  readonly clientName: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly scopes: readonly string[];
  /** `{iu}/{ti}`, where every call starts. */
  readonly apiBase: string;
  readonly tokenUrl: string;
  readonly revokeUrl: string | null;
}

const text = z.string().min(1).max(2000);
const url = z.string().min(8).max(300);
const path = z.string().min(1).max(200);

const shape = z.strictObject({
  ti: z.string().regex(/^[A-Za-z0-9_-]{1,60}$/, 'letters, digits, _ and - only'),
  cn: z.string().max(200).optional(),
  ci: text,
  cs: text,
  iu: url,
  pu: url,
  oa: path.optional(),
  ot: path,
  or: path.optional(),
  saak: text,
  sask: text,
  ru: z.string().max(500).optional(),
  sc: z.array(z.string().min(1).max(200)).max(50).optional(),
  dt: z.string().max(20).optional(),
  ev: z.string().max(60).optional(),
  v: z.string().max(20).optional(),
});

export interface IonapiOptions {
  /** Operator's list: `host` or `host:port` that may be used beside Infor's own suffixes. */
  readonly allowedHosts: readonly string[];
}

/**
 * Reads an `.ionapi` file as the hostile input it is. Token and API addresses are built as CloudSuite
 * builds them and the *results* are checked, because `pu` and `ot` joined can name another host. Errors name the field,
 * never a value.
 */
export function parseIonapi(input: unknown, options: IonapiOptions): Result<IonapiFile> {
  const object = typeof input === 'string' ? fromText(input) : ok(input);
  if (!object.ok) return object;
  const parsed = shape.safeParse(object.value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field =
      issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : issue?.path.join('.');
    return refuse(field || 'file', issueText(issue));
  }
  const file = parsed.data;
  if (!file.ci.startsWith(`${file.ti}~`)) return refuse('ci', 'must start with the tenant and ~');
  const base = checkedUrl('iu', file.iu, options);
  if (!base.ok) return base;
  if (base.value.pathname !== '/' || base.value.search !== '' || file.iu.endsWith('/')) {
    return refuse('iu', 'must be scheme and host only, without a path');
  }
  const authority = checkedUrl('pu', file.pu, options);
  if (!authority.ok) return authority;
  if (!file.pu.endsWith('/') || authority.value.search !== '') {
    return refuse('pu', 'must end with / and carry no query');
  }
  if (file.pu.includes(file.ot)) return refuse('pu', 'already holds the token path; give its base');
  const token = joined('ot', authority.value, file.pu + file.ot, options);
  if (!token.ok) return token;
  const revoke =
    file.or === undefined ? ok(null) : joined('or', authority.value, file.pu + file.or, options);
  if (!revoke.ok) return revoke;
  return ok({
    tenant: file.ti,
    clientName: file.cn ?? '',
    clientId: file.ci,
    clientSecret: file.cs,
    accessKey: file.saak,
    secretKey: file.sask,
    scopes: file.sc ?? [],
    apiBase: `${base.value.origin}/${file.ti}`,
    tokenUrl: token.value,
    revokeUrl: revoke.value,
  });
}

function fromText(input: string): Result<unknown> {
  if (Buffer.byteLength(input) > MAX_IONAPI_BYTES) return refuse('file', 'is larger than 16 KB');
  try {
    return ok(JSON.parse(input));
  } catch {
    return refuse('file', 'is not JSON');
  }
}

function issueText(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === 'unrecognized_keys') return 'is not a field of an .ionapi file';
  if (issue?.code === 'invalid_type') return 'is missing or of the wrong type';
  return issue?.code === 'invalid_format' ? issue.message : 'is empty or too long';
}

/** https, no user or fragment, and a host that is Infor's or the operator's. */
function checkedUrl(field: string, text: string, options: IonapiOptions): Result<URL> {
  let parsed: URL;
  try {
    parsed = new URL(text);
  } catch {
    return refuse(field, 'is not a URL');
  }
  if (parsed.protocol !== 'https:') return refuse(field, 'must be https');
  if (parsed.username !== '' || parsed.password !== '' || parsed.hash !== '') {
    return refuse(field, 'must carry neither user nor fragment');
  }
  if (!hostAllowed(parsed, options.allowedHosts)) {
    return refuse(field, "names a host that is neither Infor's nor allowed by the operator");
  }
  return ok(parsed);
}

function hostAllowed(parsed: URL, allowedHosts: readonly string[]): boolean {
  const infor = CLOUDSUITE_SUFFIXES.some((suffix) => parsed.hostname.endsWith(suffix));
  if (infor && parsed.port === '') return true;
  return allowedHosts.includes(parsed.host) || allowedHosts.includes(parsed.hostname);
}

/** The joined address must still lie below `pu`: `ot` may not climb, or change the host. */
function joined(field: string, base: URL, text: string, options: IonapiOptions): Result<string> {
  const final = checkedUrl(field, text, options);
  if (!final.ok) return final;
  const below =
    final.value.origin === base.origin && final.value.pathname.startsWith(base.pathname);
  if (!below || final.value.search !== '') return refuse(field, 'leads away from pu');
  return ok(final.value.href);
}

function refuse(field: string, why: string): Result<never> {
  const message = `.ionapi file: ${field} ${why}. Download the backend service's file again from ION API.`;
  return err(failure('invalid', 'cloudsuite.ionapi-refused', message, { detail: { field } }));
}
