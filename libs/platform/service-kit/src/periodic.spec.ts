import { afterEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@mlc/testing';
import { periodic, stopJobs } from './periodic.js';

afterEach(stopJobs);

describe('periodic', () => {
  it('never runs twice at once, and keeps a kick for after the run', async () => {
    let runs = 0;
    let atOnce = 0;
    let most = 0;
    let finish: () => void = () => undefined;
    const job = periodic('overlap', 1, async () => {
      runs += 1;
      most = Math.max(most, (atOnce += 1));
      await new Promise<void>((resolve) => (finish = resolve));
      atOnce -= 1;
    });
    await waitFor(() => runs === 1);
    job.kick();
    expect(runs).toBe(1);
    finish();
    await waitFor(() => runs === 2);
    finish();
    const stopping = job.stop();
    finish();
    await stopping;
    expect(most).toBe(1);
  });

  it('goes on after a run that failed', async () => {
    let runs = 0;
    periodic('failing', 1, () => {
      runs += 1;
      return runs === 1 ? Promise.reject(new Error('no answer')) : Promise.resolve();
    });
    await waitFor(() => runs >= 3);
    expect(runs).toBeGreaterThanOrEqual(3);
  });

  it('tells the current run to end and waits for it', async () => {
    let ended = false;
    const job = periodic('long', 1, async (signal) => {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      ended = true;
    });
    job.kick();
    await job.stop();
    expect(ended).toBe(true);
  });

  it('refuses two jobs of one name', () => {
    periodic('twice', 1_000, () => Promise.resolve());
    expect(() => periodic('twice', 1_000, () => Promise.resolve())).toThrow('twice');
  });
});
