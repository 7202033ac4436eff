import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { processTreeUsage } from './process-usage.js';
import { startProcess } from './start-process.js';

const folder = mkdtempSync(join(tmpdir(), 'mlc-testing-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
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
