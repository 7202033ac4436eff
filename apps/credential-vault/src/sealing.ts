import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/** What a sealed text is bound to: it opens nowhere else. */
export interface Binding {
  readonly seller: string;
  readonly field: string;
  readonly version: number;
}

function additionalData({ seller, field, version }: Binding): Buffer {
  return Buffer.from(JSON.stringify(['v1', seller, field, version]), 'utf8');
}

/** AES-256-GCM; base64 of iv, tag and ciphertext. */
export function seal(key: Buffer, binding: Binding, plain: Buffer): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(additionalData(binding));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64');
}

/** Throws when the text was altered, cut, or sealed for another seller, field or version. */
export function open(key: Buffer, binding: Binding, sealed: string): Buffer {
  const bytes = Buffer.from(sealed, 'base64');
  if (bytes.length < IV_BYTES + TAG_BYTES) throw new Error('sealed text is too short');
  const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, IV_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(additionalData(binding));
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
}

/** Wraps data keys; in development the key-encryption key is a file, in a cluster a key service. */
export interface KeyProvider {
  wrap(seller: string, dataKey: Buffer): Promise<string>;
  unwrap(seller: string, wrapped: string): Promise<Buffer>;
}

export function newDataKey(): Buffer {
  return randomBytes(KEY_BYTES);
}

/** A 32-byte key, base64, from a file; anything else refuses to start. */
export function keyFileProvider(text: string): KeyProvider {
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length !== KEY_BYTES) {
    throw new RangeError(`the key-encryption key must be ${KEY_BYTES} bytes in base64`);
  }
  const binding = (seller: string): Binding => ({ seller, field: 'data-key', version: 1 });
  return {
    wrap: (seller, dataKey) => Promise.resolve(seal(key, binding(seller), dataKey)),
    unwrap: (seller, wrapped) => Promise.resolve(open(key, binding(seller), wrapped)),
  };
}
