import { ownText } from './own-text.js';

/**
 * `date` in the form of an X-Sdk-Date header: `20260115T093045Z`. Throws a RangeError for an invalid date.
 *
 * @category Parts of the signature
 */
export function formatSdkDate(date: Date): string {
  return date
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:]/g, '');
}

/**
 * The instant that an X-Sdk-Date names, in milliseconds. Returns nothing for a text of another form, or if the date
 * does not exist.
 *
 * @category Parts of the signature
 */
export function parseSdkDate(text: string): number | undefined {
  if (text === last?.text) return last.instant;
  const instant = readSdkDate(text);
  if (instant !== undefined) last = { text: ownText(text), instant };
  return instant;
}

/** The date that was read last. All requests of one second have the same date. */
let last: { readonly text: string; readonly instant: number } | undefined;

function readSdkDate(text: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const instant = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  // Date.parse reads 30 February and 24:00:00 as later days. Such a date gives another text than it was read from.
  return Number.isNaN(instant) || formatSdkDate(new Date(instant)) !== text ? undefined : instant;
}
