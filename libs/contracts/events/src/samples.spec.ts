import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import {
  defineEvent,
  draft,
  type Envelope,
  EVENTS,
  type EventType,
  journalEmitted,
  readMessage,
} from './index.js';

const folder = new URL('./samples/', import.meta.url);
const files = readdirSync(folder);

interface Sample {
  readonly file: string;
  readonly event: EventType<unknown>;
  readonly version: number;
}

/** What every event type owes: a message of each version that was ever published. */
const owed: readonly Sample[] = [...EVENTS.values()].flatMap((event) =>
  Array.from({ length: event.version }, (_, at) => ({
    file: `${event.type}.v${at + 1}.json`,
    event,
    version: at + 1,
  })),
);

function readSample(file: string): Envelope<Record<string, unknown>> {
  return JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Envelope<
    Record<string, unknown>
  >;
}

const sampleOf = (type: string) => readSample(`${type}.v${EVENTS.get(type)?.version ?? 0}.json`);
const kindOf = (message: unknown) => readMessage(JSON.stringify(message), EVENTS).kind;

/** Members that may be missing, and below a `*` those whose names are the writer's own. */
const OPTIONAL: Readonly<Record<string, readonly string[]>> = {
  'audit.recorded': ['data.*'],
  'command.answered': ['detail.*'],
  'gl.journal-emitted': ['lines.dimensions.*'],
  'tenant.rule-set-published': [
    'clearing.dimensions.*',
    'tax.post.dimensions.*',
    'rules.post.dimensions.*',
    'rules.sign',
    'rules.when.*',
  ],
};

type Step = string | number;

/** Paths of all members of objects in a value, those in lists too. */
function membersOf(value: unknown, above: readonly Step[] = []): (readonly Step[])[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((one, at) => membersOf(one, [...above, at]));
  return Object.entries(value).flatMap(([name, below]) => [
    [...above, name],
    ...membersOf(below, [...above, name]),
  ]);
}

function without(value: unknown, path: readonly Step[]): unknown {
  const copy = structuredClone(value);
  let at = copy as Record<Step, unknown>;
  for (const step of path.slice(0, -1)) at = at[step] as Record<Step, unknown>;
  Reflect.deleteProperty(at, path.at(-1) ?? '');
  return copy;
}

function isOptional(type: string, path: readonly Step[]): boolean {
  const names = path.filter((step) => typeof step === 'string').join('.');
  return (OPTIONAL[type] ?? []).some((pattern) =>
    pattern.endsWith('.*') ? names.startsWith(pattern.slice(0, -1)) : names === pattern,
  );
}

describe('golden samples', () => {
  it('are there for every version of every event type, and no others', () => {
    expect(files.toSorted()).toEqual(owed.map(({ file }) => file).toSorted());
  });

  it.each(owed)('$file reads as the event it is', ({ file, event, version }) => {
    const sample = readSample(file);
    expect([sample.type, sample.version]).toEqual([event.type, version]);
    const reading = readMessage(JSON.stringify(sample), EVENTS);
    expect(reading).toMatchObject({ kind: 'event', envelope: { version: event.version } });
    // Of the newest version nothing is lost or added by reading.
    if (version === event.version) expect(reading).toEqual({ kind: 'event', envelope: sample });
  });

  it.each(owed)('$file is poison without any one of its required members', ({ file, event }) => {
    const sample = readSample(file);
    const paths = membersOf(sample.payload);
    const required = paths.filter((path) => !isOptional(event.type, path));
    expect(required.length).toBeGreaterThan(3);
    const readable = required.filter(
      (path) => kindOf({ ...sample, payload: without(sample.payload, path) }) !== 'poison',
    );
    expect(readable).toEqual([]);
    const optional = paths.filter((path) => isOptional(event.type, path));
    const unreadable = optional.filter(
      (path) => kindOf({ ...sample, payload: without(sample.payload, path) }) !== 'event',
    );
    expect(unreadable).toEqual([]);
  });

  it('balance where they are journals', () => {
    const { lines } = journalEmitted.schema.parse(sampleOf('gl.journal-emitted').payload);
    expect(lines.reduce((sum, line) => sum + BigInt(line.amountMinor), 0n)).toBe(0n);
  });
});

describe('reading a message', () => {
  const known = sampleOf('gl.journal-emitted');

  it('parks what is newer than this release', () => {
    for (const newer of [
      { ...known, type: 'gl.journal-reversed' },
      { ...known, version: known.version + 1, payload: { shape: 'not known yet' } },
    ]) {
      expect(readMessage(JSON.stringify(newer), EVENTS)).toEqual({
        kind: 'newer',
        seller: known.seller,
        type: newer.type,
        version: newer.version,
      });
    }
  });

  it('sets aside what is not JSON and says so', () => {
    for (const text of ['', '{', 'undefined', JSON.stringify(known).slice(0, -1)]) {
      expect(readMessage(text, EVENTS)).toEqual({ kind: 'poison', reason: 'not JSON' });
    }
  });

  it('sets aside a broken envelope', () => {
    const broken: unknown[] = [null, 7, [], {}];
    // A payload that is missing is told as the payload's trouble, which is poison too.
    for (const member of Object.keys(known)) broken.push(without(known, [member]));
    broken.push(
      { ...known, version: 0 },
      { ...known, version: 1.5 },
      { ...known, seller: '' },
      { ...known, sequence: -1 },
      { ...known, occurredAt: '2026-03-02T15:04:12Z' },
      { ...known, payload: null },
    );
    for (const message of broken) expect(kindOf(message)).toBe('poison');
  });

  it('sets aside money and dates that are not written as agreed', () => {
    const [first, ...others] = journalEmitted.schema.parse(known.payload).lines;
    for (const amountMinor of ['1.00', '01', '+1', '', '1e3', '-', 100]) {
      const lines = [{ ...first, amountMinor }, ...others];
      expect(kindOf({ ...known, payload: { ...known.payload, lines } })).toBe('poison');
    }
    for (const wantedDate of ['2026-3-1', '20260301', '2026-03-01T00:00:00.000Z']) {
      expect(kindOf({ ...known, payload: { ...known.payload, wantedDate } })).toBe('poison');
    }
  });

  it('brings an older version up step by step, and sets it aside where a step is missing', () => {
    const third = defineEvent<unknown>({
      topic: 'spec.v1',
      type: 'spec.counted',
      version: 3,
      schema: z.object({ counted: z.number() }),
      upcast: { 2: (payload) => ({ counted: (payload as { count: number }).count }) },
    });
    const types = new Map([[third.type, third]]);
    const read = (version: number, payload: unknown) =>
      readMessage(JSON.stringify({ ...known, type: third.type, version, payload }), types);
    expect(read(2, { count: 4 })).toMatchObject({
      kind: 'event',
      envelope: { version: 3, payload: { counted: 4 } },
    });
    expect(read(1, { count: 4 })).toMatchObject({ kind: 'poison' });
  });
});

describe('drafts', () => {
  const payload = journalEmitted.schema.parse(sampleOf('gl.journal-emitted').payload);
  const fields = {
    seller: 's1',
    market: 'US',
    occurredAt: Date.UTC(2026, 2, 2, 15, 4, 13, 20),
    correlationId: 'c1',
    identity: [payload.journalId, '1'],
    payload,
  };

  it('of the same fact have the same id, whenever and however often they are made', () => {
    const one = draft(journalEmitted, fields);
    const later = draft(journalEmitted, { ...fields, occurredAt: 0, correlationId: 'c2' });
    expect(later.id).toBe(one.id);
    // Pinned: ids of stored drafts must stay the same over releases.
    expect(draft(journalEmitted, { ...fields, identity: ['pinned'] }).id).toBe(
      '55c51610-f470-8e85-8ba8-5da5cae67d1b',
    );
  });

  it('of other facts or other types have other ids', () => {
    const ids = [
      draft(journalEmitted, fields).id,
      draft(journalEmitted, { ...fields, identity: [payload.journalId, '2'] }).id,
      draft(journalEmitted, { ...fields, identity: [`${payload.journalId}1`] }).id,
      draft({ ...journalEmitted, type: 'gl.other' }, fields).id,
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('become readable messages once the relay has numbered them', () => {
    const { topic, ...rest } = draft(journalEmitted, fields);
    expect(topic).toBe(journalEmitted.topic);
    expect(rest.causationId).toBeNull();
    expect(rest.occurredAt).toBe('2026-03-02T15:04:13.020Z');
    const envelope = { ...rest, sequence: 1 };
    expect(readMessage(JSON.stringify(envelope), EVENTS)).toEqual({ kind: 'event', envelope });
  });
});
