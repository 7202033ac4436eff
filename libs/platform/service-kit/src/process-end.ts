import type { Logger } from 'pino';

/** From the signal to the end; the orchestrator's own limit is longer. */
const GRACE_MS = 10_000;
const EXIT_CRASH = 1;

let dying = false;

/** An error nobody caught ends the process: whoever started it starts it again, from stored state. */
export function dieOnUncaught(log: Logger): void {
  const die = (error: unknown): void => {
    if (dying) return;
    dying = true;
    log.fatal({ err: error }, 'uncaught error: this process ends');
    process.exit(EXIT_CRASH);
  };
  process.on('uncaughtException', die);
  process.on('unhandledRejection', die);
}

/** Stops in order, and the hard way when that takes longer than the grace. */
export async function withinGrace(log: Logger, stop: () => Promise<void>): Promise<void> {
  const timer = setTimeout(() => {
    log.error({ waitMs: GRACE_MS }, 'not stopped in time: this process ends now');
    process.exit(EXIT_CRASH);
  }, GRACE_MS);
  try {
    await stop();
  } catch (error) {
    log.error({ err: error }, 'not stopped in order');
    process.exit(EXIT_CRASH);
  } finally {
    clearTimeout(timer);
  }
}

/** SIGTERM, SIGINT and, with the lifeline, the end of standard input; a second signal ends at once. */
export function endOnSignals(how: {
  readonly log: Logger;
  readonly lifeline: 'stdin' | undefined;
  readonly stop: () => Promise<void>;
}): void {
  let ending = false;
  const end = (signal: string): void => {
    if (ending) {
      if (signal !== 'lifeline') process.exit(EXIT_CRASH);
      return;
    }
    ending = true;
    how.log.info({ signal }, 'stopping');
    void how.stop().then(() => process.exit(0));
  };
  process.on('SIGTERM', () => end('SIGTERM'));
  process.on('SIGINT', () => end('SIGINT'));
  if (how.lifeline === 'stdin') {
    process.stdin.on('end', () => end('lifeline'));
    process.stdin.on('error', () => end('lifeline'));
    process.stdin.resume();
  }
}
