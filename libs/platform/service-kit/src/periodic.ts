import { invariant } from '@mlc/kernel';
import { Logger } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';

/** The jobs of this process; also injectable. */
export const jobs = new SchedulerRegistry();
const running = new Map<string, PeriodicJob>();

export interface PeriodicJob {
  /** Runs now, or once more as soon as the current run is over. */
  kick(): void;
  /** Aborts the signal of the current run and waits for it. */
  stop(): Promise<void>;
}

/**
 * Calls `run` every `everyMs`, first after one such while, never twice at once: a tick that finds the
 * last run still going is left out. A run that throws is logged and does not end the job.
 */
export function periodic(
  name: string,
  everyMs: number,
  run: (signal: AbortSignal) => Promise<void>,
): PeriodicJob {
  invariant(!jobs.doesExist('interval', name), `two periodic jobs are called ${name}`);
  const logger = new Logger(`periodic ${name}`);
  const abort = new AbortController();
  let current: Promise<void> | undefined;
  let again = false;

  const wantedAgain = (): boolean => again && !abort.signal.aborted;
  const once = async (): Promise<void> => {
    do {
      again = false;
      try {
        await run(abort.signal);
      } catch (error) {
        if (!abort.signal.aborted) logger.error({ message: 'job failed', name, err: error });
      }
    } while (wantedAgain());
    current = undefined;
  };
  const tick = (): void => {
    if (!abort.signal.aborted) current ??= once();
  };
  const job: PeriodicJob = {
    kick() {
      if (current) again = true;
      else tick();
    },
    async stop() {
      if (running.delete(name)) jobs.deleteInterval(name);
      abort.abort();
      await current;
    },
  };
  jobs.addInterval(name, setInterval(tick, everyMs));
  running.set(name, job);
  return job;
}

/** Ends all jobs of this process and waits for their runs. */
export async function stopJobs(): Promise<void> {
  await Promise.all([...running.values()].map((job) => job.stop()));
}
