import { trimValue } from '../scheme/canonical-request.js';

// A type with `*` is not allowed, because types are compared as they are.
const MEDIA_TYPE = /^(?!multipart\/)[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/i;

/** Whether a text is one media type without parameters, with which a body can be read in one way only. */
export function isMediaType(text: string): boolean {
  return MEDIA_TYPE.test(text);
}

/** The media type of a Content-Type: in lower case, without parameters. */
export function mediaTypeOf(contentType: string): string {
  return trimValue(contentType.split(';', 1)[0]!).toLowerCase();
}

const CHARSET = /charset\*?[ \t]*=[ \t]*"?([^";,\s]*)/gi;

/**
 * Whether a Content-Type names, or seems to name, a charset other than utf-8 (row 4c of docs/spec.md). If in
 * doubt, it does: parsers read parameters differently, so every `charset=` counts, wherever it is.
 */
export function hasForeignCharset(contentType: string): boolean {
  if (!contentType.includes('=')) return false; // names no charset
  return Array.from(contentType.matchAll(CHARSET)).some(([, charset]) => !/^utf-?8$/i.test(charset!));
}
