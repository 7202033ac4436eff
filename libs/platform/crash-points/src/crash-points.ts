/**
 * Places where a test may kill the process, between two steps that must survive being torn apart.
 * The K-numbers are those of the crash catalogue in the test plan.
 */
export type CrashPointName =
  /** K05: the snapshots are stored, the watermark is not. */
  | 'ingestion.after-snapshot-commit-before-watermark'
  /** K07: Kafka has acknowledged, the outbox does not know. */
  | 'relay.after-produce-before-mark'
  /** K10: the slice is applied, Kafka's offset is not committed. */
  | 'consumer.after-commit-before-offset'
  /** K09: a slice is computed, its transaction is open. */
  | 'mapping.before-commit'
  /** K12: the run group is frozen, its anchor is not published. */
  | 'posting.after-freeze-before-publish'
  /** K18: CloudSuite answered the stage call, we did not record it. */
  | 'posting.after-stage-before-record'
  /** K18: CloudSuite answered the submit, we did not record it. */
  | 'posting.after-submit-before-record'
  /** K18: a result was read, we did not record it. */
  | 'posting.after-result-before-record'
  /** K22: a token was fetched, it is not stored. */
  | 'vault.after-token-before-store'
  /** K03: a request's change is committed, its answer is not sent. */
  | 'tenant.after-commit-before-answer';

const wanted = /^([a-z.-]+):([1-9]\d*)$/.exec(process.env['MLC_CRASH_AT'] ?? '');
let left = wanted ? Number(wanted[2]) : 0;

/** Kills this process at the n-th passing of the point named by `MLC_CRASH_AT=<name>:<n>`. */
export function crashPoint(name: CrashPointName): void {
  if (wanted?.[1] !== name) return;
  left -= 1;
  if (left === 0) process.kill(process.pid, 'SIGKILL');
}
