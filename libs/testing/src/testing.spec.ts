import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fakeClock } from './fake-clock.js';
import { seededRandom } from './seeded-random.js';
import { waitFor } from './wait-for.js';
import { startProcess } from './start-process.js';
import { processTreeUsage } from './process-usage.js';

const folder = mkdtempSync(join(tmpdir(), 'mlc-testing-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('waitFor', () => {
  it('answers what the condition answers once it holds', async () => {
    let asked = 0;
    const answer = await waitFor(() => (asked++ < 3 ? null : 'posted'), { intervalMs: 1 });
    expect(answer).toBe('posted');
    expect(asked).toBe(4);
  });

  it('says what it waited for, and why the last attempt failed', async () => {
    const waiting = waitFor(() => Promise.reject(new Error('no such row')), {
      timeoutMs: 5,
      describe: 'the journal to be posted',
    });
    await expect(waiting).rejects.toMatchObject({
      message: 'Waited 5 ms in vain for the journal to be posted',
      cause: new Error('no such row'),
    });
  });
});

describe('fakeClock', () => {
  it('moves only when it is moved', () => {
    const clock = fakeClock('2026-03-08T06:59:59.999Z');
    const before = clock.now();
    clock.advance(1);
    expect(clock.now()).toBe(before + 1);
    clock.setNow(0);
    expect(clock.now()).toBe(0);
    expect(clock.monotonicMs()).toBe(1);
    expect(() => {
      clock.advance(-1);
    }).toThrow(RangeError);
  });
});

describe('seededRandom', () => {
  it('repeats itself for a seed and stays in its bounds', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(1_000), (seed, width) => {
        const one = seededRandom(seed);
        const other = seededRandom(seed);
        for (let turn = 0; turn < 20; turn += 1) {
          const drawn = one.integer(-3, width);
          expect(drawn).toBe(other.integer(-3, width));
          expect(drawn).toBeGreaterThanOrEqual(-3);
          expect(drawn).toBeLessThanOrEqual(width);
        }
        expect([...one.shuffle([1, 2, 3, 4])].sort()).toEqual([1, 2, 3, 4]);
      }),
    );
  });

  it('spreads evenly', () => {
    const random = seededRandom(7);
    const counts = [0, 0, 0, 0];
    for (let turn = 0; turn < 8_000; turn += 1) counts[random.integer(0, 3)]! += 1;
    for (const count of counts) expect(Math.abs(count - 2_000)).toBeLessThan(200);
  });
});

describe('startProcess', () => {
  const program = (name: string, script: string) => ({
    name,
    command: 'node',
    args: ['-e', script],
    logFile: join(folder, `${name}.log`),
    readyWhen: 'json-line' as const,
  });
  const SERVE = `
    console.log('{"level":30,"msg":"not yet ready"}');
    console.log(JSON.stringify({ ready: true, port: 4711 }));
    process.stdin.resume().on('end', () => process.exit(0));`;

  it('is ready by its line, shows its usage and ends on TERM', async () => {
    const running = await startProcess(program('serve', SERVE));
    expect(running.ready).toEqual({ ready: true, port: 4711 });
    const usage = running.usage();
    expect(usage?.residentBytes).toBeGreaterThan(10_000_000);
    expect(processTreeUsage(running.pid)?.cpuSeconds).toBeGreaterThanOrEqual(
      usage?.cpuSeconds ?? Infinity,
    );
    expect(await running.stop()).toEqual({ code: null, signal: 'SIGTERM' });
    expect(() => process.kill(running.pid, 0)).toThrow('ESRCH');
    expect(readFileSync(running.logFile, 'utf8')).toContain('not yet ready');
  });

  it('KILLs what ignores TERM', async () => {
    const running = await startProcess(
      program('deaf', `process.on('SIGTERM', () => {}); ${SERVE}`),
    );
    expect(await running.stop(50)).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('does not mistake the ready line of an earlier start for its own', async () => {
    const first = await startProcess(program('twice', SERVE));
    await first.kill();
    await expect(startProcess(program('twice', `process.exit(3)`))).rejects.toThrow(
      'twice ended with 3 before it was ready',
    );
  });

  it('says what the program said when it ends early', async () => {
    const script = `console.error('port 4711 is taken'); process.exit(1)`;
    await expect(startProcess(program('early', script))).rejects.toThrow('port 4711 is taken');
  });

  it('names a program that does not exist', async () => {
    const missing = { ...program('missing', ''), command: join(folder, 'no-such-program') };
    await expect(startProcess(missing)).rejects.toThrow(/missing/);
  });
});
