const CHARSET = /charset\*?[ \t]*=[ \t]*"?([^";,\s]*)/gi;

/**
 * Whether a Content-Type names, or seems to name, a charset other than utf-8 (SPEC row 4c). Errs to yes: parsers
 * differ in how they read parameters, so every `charset=` counts, wherever it stands.
 */
export function hasForeignCharset(contentType: string): boolean {
  if (!contentType.includes('=')) return false; // names none
  return Array.from(contentType.matchAll(CHARSET)).some(([, charset]) => !/^utf-?8$/i.test(charset!));
}
