import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalJson, type Json } from './canonical-json.js';

export function sha256Hex(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)));
}

/** Hash of a value's canonical JSON. */
export function hashOf(value: Json): string {
  return sha256Hex(canonicalJson(value));
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648 base 32 without padding: `[A-Z2-7]`, five bits a character. */
export function base32(hex: string): string {
  let bits = BigInt(`0x${hex}`);
  let length = hex.length * 4;
  const spare = length % 5;
  if (spare !== 0) {
    bits <<= BigInt(5 - spare);
    length += 5 - spare;
  }
  let text = '';
  for (let at = length - 5; at >= 0; at -= 5) {
    text += ALPHABET.charAt(Number((bits >> BigInt(at)) & 31n));
  }
  return text;
}
