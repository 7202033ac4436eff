import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { accessSync, constants, mkdirSync, openSync, closeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '@mlc/kernel';
import { processUsage } from './process-usage.js';
import type { ProcessUsage } from './process-usage.js';

export interface StartProcessOptions {
  /** Said in errors. */
  name: string;
  /** A program; `node` means the Node that runs this. */
  command: string;
  args?: readonly string[];
  /** Added to this process's environment; `undefined` takes a variable away. */
  env?: Record<string, string | undefined>;
  cwd?: string;
  /** Standard output and error are appended to it. */
  logFile: string;
  /** `json-line`: the first line `{"ready":true,…}`. `spawn`: at once. */
  readyWhen: 'json-line' | 'spawn';
  readyTimeoutMs?: number;
}

export interface ProcessExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface RunningProcess {
  name: string;
  pid: number;
  logFile: string;
  /** The ready line as parsed; `{}` when none was waited for. */
  ready: Record<string, unknown>;
  exited: Promise<ProcessExit>;
  hasExited(): boolean;
  /** TERM, and KILL after the limit. Resolves when the process is gone. */
  stop(limitMs?: number): Promise<ProcessExit>;
  /** KILL, as a crash would. Resolves when the process is gone. */
  kill(): Promise<ProcessExit>;
  /** CPU and memory; after the exit what was last seen by a call. Undefined without /proc. */
  usage(): ProcessUsage | undefined;
}

const READY_TIMEOUT_MS = 30_000;
const READY_POLL_MS = 15;
const STOP_LIMIT_MS = 10_000;
const LOG_TAIL_CHARACTERS = 3_000;

/**
 * Starts a program of ours and waits until it is ready. It dies with this process, even when this
 * one is KILLed: by its standard input, which ends then (`LIFELINE=stdin` tells it to mind), and by
 * the kernel where `setpriv` is there to ask it. It has its own session: a terminal's Ctrl-C reaches
 * this process only, which stops what it started in the order it wants.
 */
export async function startProcess(options: StartProcessOptions): Promise<RunningProcess> {
  mkdirSync(dirname(options.logFile), { recursive: true });
  const log = openSync(options.logFile, 'a');
  const reader = await open(options.logFile, 'r');
  const from = (await reader.stat()).size;
  let child: ChildProcess;
  try {
    child = spawnBound(options, log);
  } finally {
    closeSync(log);
  }
  try {
    const running = await supervise(options, child);
    if (options.readyWhen === 'json-line')
      running.ready = await readyLine(running, reader, { from, ...options });
    return running;
  } finally {
    await reader.close();
  }
}

function spawnBound(options: StartProcessOptions, log: number): ChildProcess {
  const command = options.command === 'node' ? process.execPath : options.command;
  const prefix = deathSignalPrefix();
  const [program = command, ...args] = [...prefix, command, ...(options.args ?? [])];
  return spawn(program, args, {
    stdio: ['pipe', log, log],
    detached: true,
    env: { ...process.env, ...options.env, LIFELINE: 'stdin' },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
}

async function supervise(
  options: StartProcessOptions,
  child: ChildProcess,
): Promise<RunningProcess> {
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  // Nothing is ever written: an error here is the pipe of a process that has ended.
  child.stdin?.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => {
      reject(new Error(`${options.name}: ${options.command} did not start`, { cause }));
    });
  });
  const pid = child.pid as number;
  let lastUsage: ProcessUsage | undefined;
  const end = async (signal: NodeJS.Signals, limitMs: number): Promise<ProcessExit> => {
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
    const exit = await exited;
    clearTimeout(timer);
    return exit;
  };
  const hasExited = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    name: options.name,
    pid,
    logFile: options.logFile,
    ready: {},
    exited,
    hasExited,
    stop: (limitMs = STOP_LIMIT_MS) => end('SIGTERM', limitMs),
    kill: () => end('SIGKILL', STOP_LIMIT_MS),
    usage: () => (lastUsage = (hasExited() ? undefined : processUsage(pid)) ?? lastUsage),
  };
}

/** Follows the log from where this start began, until the ready line or the end. */
async function readyLine(
  running: RunningProcess,
  reader: FileHandle,
  options: StartProcessOptions & { from: number },
): Promise<Record<string, unknown>> {
  const clock = systemClock();
  const limitMs = options.readyTimeoutMs ?? READY_TIMEOUT_MS;
  const end = clock.monotonicMs() + limitMs;
  const chunk = Buffer.alloc(65_536);
  let position = options.from;
  let pending = Buffer.alloc(0);
  let tail = '';
  for (;;) {
    const gone = running.hasExited();
    const { bytesRead } = await reader.read(chunk, 0, chunk.length, position);
    position += bytesRead;
    pending = Buffer.concat([pending, chunk.subarray(0, bytesRead)]);
    for (let at = pending.indexOf(10); at >= 0; at = pending.indexOf(10)) {
      const line = pending.subarray(0, at).toString('utf8');
      pending = pending.subarray(at + 1);
      const ready = parseReady(line);
      if (ready) return ready;
      tail = `${tail}\n${line}`.slice(-LOG_TAIL_CHARACTERS);
    }
    if (bytesRead > 0) continue;
    if (gone) {
      const { code, signal } = await running.exited;
      throw new Error(
        `${options.name} ended with ${signal ?? String(code)} before it was ready.${tail}`,
      );
    }
    if (clock.monotonicMs() > end) {
      await running.kill();
      throw new Error(`${options.name} was not ready in ${limitMs} ms and was killed.${tail}`);
    }
    await pause(READY_POLL_MS);
  }
}

function parseReady(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{') || !line.includes('"ready"')) return undefined;
  try {
    const parsed = JSON.parse(line) as Record<string, unknown>;
    return parsed['ready'] === true ? parsed : undefined;
  } catch {
    return undefined; // some other line of the log
  }
}

let prefix: string[] | undefined;

function deathSignalPrefix(): string[] {
  prefix ??= process.platform === 'linux' ? setprivPrefix() : [];
  return prefix;
}

function setprivPrefix(): string[] {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const file = join(folder || '.', 'setpriv');
    try {
      accessSync(file, constants.X_OK);
      return [file, '--pdeathsig', 'KILL', '--'];
    } catch {
      continue;
    }
  }
  return [];
}
