import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTruthLog } from './truth-log.js';

let folder: string;
const clock = { now: () => Date.UTC(2026, 10, 20, 1, 2, 3, 4), monotonicMs: () => 0 };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'truth-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('truth log', () => {
  it('a record is a complete line as soon as append returns', () => {
    const log = openTruthLog(folder, clock);
    log.append('started', { settings: {}, version: '1' });
    expect(readFileSync(log.file, 'utf8')).toBe(
      '{"seq":1,"at":"2026-11-20T01:02:03.004Z","system":"cloudsuite","kind":"started","settings":{},"version":"1"}\n',
    );
    log.close();
  });

  it('numbering goes on in a file that exists, and an incomplete tail is cut off', () => {
    const first = openTruthLog(folder, clock);
    first.append('started', {});
    first.append('request', { note: 'x'.repeat(200_000) });
    first.close();
    appendFileSync(first.file, '{"seq":3,"at":"2026');
    const second = openTruthLog(folder, clock);
    second.append('started', {});
    second.close();
    const lines = readFileSync(second.file, 'utf8').split('\n');
    expect(lines.pop()).toBe('');
    expect(lines.map((line) => (JSON.parse(line) as { seq: number }).seq)).toEqual([1, 2, 3]);
  });
});
