const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;
const SHIFT = 24;

/** 32-bit MurmurHash2 of a text's UTF-8 bytes as Kafka's own clients compute it, signed. */
export function murmur2(text: string): number {
  const bytes = Buffer.from(text, 'utf8');
  const length = bytes.length;
  const whole = length - (length % 4);
  let hash = SEED ^ length;
  for (let at = 0; at < whole; at += 4) {
    let word = Math.imul(bytes.readInt32LE(at), MULTIPLIER);
    word = Math.imul(word ^ (word >>> SHIFT), MULTIPLIER);
    hash = Math.imul(hash, MULTIPLIER) ^ word;
  }
  if (length > whole) {
    for (let at = length - 1; at >= whole; at -= 1) {
      hash ^= bytes.readUInt8(at) << (8 * (at - whole));
    }
    hash = Math.imul(hash, MULTIPLIER);
  }
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return hash ^ (hash >>> 15);
}

/** The partition of a key, the same as Kafka's default partitioner chooses. */
export function partitionOf(key: string, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}
