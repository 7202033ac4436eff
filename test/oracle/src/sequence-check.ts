import type { Findings } from './findings.js';
import { CannotRead, type TruthRecord } from './truth-file.js';

/** Checks that a truth log is whole: `seq` is 1, 2, 3 … Returns each record's number. */
export function newSequenceCheck(
  system: 'walmart' | 'cloudsuite',
  findings: Findings,
): (record: TruthRecord) => number {
  let last = 0;
  return (record) => {
    const seq = record['seq'];
    if (typeof seq !== 'number' || !Number.isSafeInteger(seq)) {
      throw new CannotRead(`A ${system} record after ${last} has no number in "seq"`);
    }
    if (seq !== last + 1) {
      findings.add({
        code: 'truth-log-gap',
        seller: null,
        expected: String(last + 1),
        actual: String(seq),
        message: `The ${system} truth log is not whole: record ${last + 1} is missing, ${seq} follows ${last}`,
      });
    }
    last = seq;
    return seq;
  };
}
