import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { civilDate, civilDateOfText, isZone } from './civil-date.js';

describe('civil dates', () => {
  it.each([
    ['2026-11-10T06:30:00Z', 'America/Los_Angeles', '2026-11-09'],
    ['2026-11-10T06:30:00Z', 'UTC', '2026-11-10'],
    ['2026-11-10T04:59:59.999Z', 'America/New_York', '2026-11-09'],
    ['2026-11-10T05:00:00Z', 'America/New_York', '2026-11-10'],
    // daylight saving ends on 1 November 2026: midnight is 07:00Z before and 08:00Z after
    ['2026-11-01T06:59:59Z', 'America/Los_Angeles', '2026-10-31'],
    ['2026-11-01T07:00:00Z', 'America/Los_Angeles', '2026-11-01'],
    ['2026-11-02T07:59:59Z', 'America/Los_Angeles', '2026-11-01'],
    ['2026-11-02T08:00:00Z', 'America/Los_Angeles', '2026-11-02'],
    ['2024-02-29T12:00:00Z', 'America/Phoenix', '2024-02-29'],
    ['2026-12-31T18:15:00Z', 'Asia/Kathmandu', '2027-01-01'],
    ['2026-12-31T10:00:00Z', 'Pacific/Kiritimati', '2027-01-01'],
  ])('%s in %s is %s', (instant, zone, date) => {
    expect(civilDate(Date.parse(instant), zone)).toBe(date);
  });

  it('agrees with plain day arithmetic where the offset is fixed', () => {
    const instants = fc.integer({ min: 0, max: 4_102_444_800_000 });
    fc.assert(
      fc.property(instants, fc.integer({ min: -12, max: 12 }), (ms, hours) => {
        // POSIX zone names have the sign turned: Etc/GMT+5 is five hours behind UTC
        const zone = hours === 0 ? 'UTC' : `Etc/GMT${hours > 0 ? '-' : '+'}${Math.abs(hours)}`;
        const text = new Date(ms + hours * 3_600_000).toISOString().slice(0, 10);
        expect(civilDate(ms, zone)).toBe(text);
      }),
    );
  });

  it('knows zones and reads both date forms', () => {
    expect(isZone('America/Chicago')).toBe(true);
    expect(isZone('America/Nowhere')).toBe(false);
    expect(civilDateOfText('20261109')).toBe('2026-11-09');
    expect(civilDateOfText('2026-11-09')).toBe('2026-11-09');
    expect(civilDateOfText('11/09/2026')).toBeNull();
  });
});
