import type { Guess, SeenRequest } from './guess.js';
import { formatSdkDate, parseSdkDate } from '../scheme/sdk-date.js';

const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;
/** Quarters of an hour by which time zones differ from UTC: least, most westward, most eastward. */
const [LEAST, WEST, EAST] = [4, -48, 56];

/** The date in the string to sign in the local time of a zone, under a header in UTC. */
export function* dateInLocalTime({ sdkDate }: SeenRequest): Iterable<Guess> {
  const date = parseSdkDate(sdkDate);
  if (date === undefined) return;
  for (let quarters = WEST; quarters <= EAST; quarters += 2) {
    const local = new Date(date + quarters * QUARTER);
    if (quarters !== 0) yield { sdkDate: formatSdkDate(local), note: `The zone is ${zoneName(quarters)}.` };
  }
}

/**
 * The time zone whose local time a date seems to be, at an instant, for all that it claims to be UTC; nothing if it is
 * none. A minute more or less is left to the way and to clocks.
 */
export function zoneOf(date: number, instant: number): string | undefined {
  const quarters = Math.round((date - instant) / QUARTER);
  const isZone = Math.abs(quarters) >= LEAST && quarters >= WEST && quarters <= EAST;
  return isZone && Math.abs(date - instant - quarters * QUARTER) <= MINUTE ? zoneName(quarters) : undefined;
}

function zoneName(quarters: number): string {
  const two = (part: number) => String(Math.floor(part)).padStart(2, '0');
  const size = Math.abs(quarters);
  return `UTC${quarters < 0 ? '-' : '+'}${two(size / 4)}:${two((size % 4) * 15)}`;
}
