import type { Guess, SeenRequest } from './guess.js';
import { formatSdkDate, parseSdkDate } from '../scheme/sdk-date.js';

const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;
/** How time zones differ from UTC, in quarters of an hour: the least, the most to the west, the most to the east. */
const [LEAST, WEST, EAST] = [4, -48, 56];

/** The string to sign had the date in the local time of a zone, and the header has it in UTC. */
export function* dateInLocalTime({ sdkDate }: SeenRequest): Iterable<Guess> {
  const date = parseSdkDate(sdkDate);
  if (date === undefined) return;
  for (let quarters = WEST; quarters <= EAST; quarters += 2) {
    const local = new Date(date + quarters * QUARTER);
    if (quarters !== 0) yield { sdkDate: formatSdkDate(local), note: `The zone is ${zoneName(quarters)}.` };
  }
}

/**
 * The time zone whose local time the date seems to show at this instant, although the date is meant to be in UTC. The
 * date may differ by a minute, because of the network and of clocks. Returns nothing if it is not in such a local time.
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
