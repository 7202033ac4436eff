import { failure, FailureError } from '@mlc/kernel';
import type { FetchedMessage } from './kafka-link.js';

/** The last sequence number seen of each producer of a partition. */
export type Sequences = Readonly<Record<string, number>>;

const KNOWN = /^[1-9]\d{0,15}$/;

/**
 * Follows the producers' sequence numbers through a slice. A repeat changes nothing; a number that was
 * skipped means that messages were lost, and reading must stop until a person has looked.
 */
export function followSequences(
  last: Sequences,
  messages: readonly FetchedMessage[],
  where: string,
): Sequences {
  const seen: Record<string, number> = { ...last };
  for (const message of messages) {
    const producer = message.header('producer');
    const text = message.header('sequence');
    if (producer === undefined || text === undefined || !KNOWN.test(text)) continue;
    const sequence = Number(text);
    const before = seen[producer];
    if (before !== undefined && sequence > before + 1) {
      throw new FailureError(
        failure(
          'invalid',
          'messaging.sequence-gap',
          `${where}: after number ${before} of ${producer} comes ${sequence} at offset ${message.offset}. ` +
            `Messages were lost: let ${producer} publish its state again, then clear the partition's ` +
            'sequences in consumer_offset.',
        ),
      );
    }
    if (before === undefined || sequence > before) seen[producer] = sequence;
  }
  return seen;
}
