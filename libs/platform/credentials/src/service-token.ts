import { type Clock, err, failure, ok, type Result } from '@mlc/kernel';
import { jwtVerify, SignJWT } from 'jose';

const AUDIENCE = 'credential-vault';
const ISSUER = 'ml-connector';
const LIFETIME_S = 60;
const SECRET_MIN_BYTES = 32;

/** A caller's proof of being one of our services: HS256, audience and issuer fixed, lives 60 s. */
export async function signServiceToken(
  secret: Uint8Array,
  service: string,
  clock: Clock,
): Promise<string> {
  const nowS = Math.floor(clock.now() / 1000);
  return new SignJWT({})
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(service)
    .setAudience(AUDIENCE)
    .setIssuer(ISSUER)
    .setIssuedAt(nowS)
    .setExpirationTime(nowS + LIFETIME_S)
    .sign(secret);
}

/** Whose token it is; `unauthorised` for anything not signed by us, for us, and still alive. */
export async function verifyServiceToken(
  secret: Uint8Array,
  token: string,
  clock: Clock,
): Promise<Result<{ service: string }>> {
  try {
    const { payload } = await jwtVerify(token, secret, {
      algorithms: ['HS256'],
      audience: AUDIENCE,
      issuer: ISSUER,
      typ: 'JWT',
      currentDate: new Date(clock.now()),
      requiredClaims: ['sub', 'exp', 'iat'],
      maxTokenAge: LIFETIME_S,
    });
    return ok({ service: payload.sub ?? '' });
  } catch {
    return err(
      failure('unauthorised', 'credentials.service-token', 'The service token is not valid.'),
    );
  }
}

/** Reads the shared secret's bytes from text; refuses a short one. */
export function serviceSecret(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text.trim());
  if (bytes.length < SECRET_MIN_BYTES) {
    throw new RangeError(`the service token secret must have at least ${SECRET_MIN_BYTES} bytes`);
  }
  return bytes;
}
