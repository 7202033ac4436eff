import { addDays, civilDateIn, type CivilDate, type EpochMs } from '@mlc/kernel';

const HOUR_MS = 3_600_000;

/** A whole civil day: first and last millisecond. 23, 24 or 25 hours long. */
export interface CivilDay {
  readonly date: CivilDate;
  readonly first: EpochMs;
  readonly last: EpochMs;
}

export function civilDay(zone: string, date: CivilDate): CivilDay {
  return { date, first: firstInstant(zone, date), last: firstInstant(zone, addDays(date, 1)) - 1 };
}

/** The civil day before the one that `now` falls on. */
export function yesterdayIn(zone: string, now: EpochMs): CivilDay {
  return civilDay(zone, addDays(civilDateIn(zone, now), -1));
}

/** Zones lie within 14 hours of UTC, and civil dates never go back: so it can be halved. */
function firstInstant(zone: string, date: CivilDate): EpochMs {
  const utcMidnight = Date.parse(`${date}T00:00:00Z`);
  let before = utcMidnight - 15 * HOUR_MS;
  let reached = utcMidnight + 15 * HOUR_MS;
  while (reached - before > 1) {
    const middle = Math.floor((before + reached) / 2);
    if (civilDateIn(zone, middle) < date) before = middle;
    else reached = middle;
  }
  return reached;
}
