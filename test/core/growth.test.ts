import { describe, expect, it } from 'vitest';
import { curlCommand } from '../../src/core/curl-command.js';
import { explainMismatch } from '../../src/core/explain/explain-mismatch.js';
import { brief, maskHeaders, maskPairs, maskSecrets, printable } from '../../src/core/printable.js';
import { parseAuthorization } from '../../src/core/scheme/authorization.js';
import {
  canonicalHeaders,
  canonicalQuery,
  canonicalUri,
  percentDecode,
  percentEncode,
  queryPairs,
  trimValue,
} from '../../src/core/scheme/canonical-request.js';
import { RawHeaders } from '../../src/core/scheme/raw-headers.js';
import { parseSdkDate } from '../../src/core/scheme/sdk-date.js';
import { fromWireText, toWireText } from '../../src/core/scheme/wire-text.js';
import { hasForeignCharset } from '../../src/core/verify/content-type.js';
import { readTarget } from '../../src/core/verify/request-target.js';
import { expectLinear } from '../support/growth.js';
import { DATE, KEY, SECRET, signed, verdictOn, withHeader } from '../support/signed-request.js';

const RULES = { plusInQuery: 'space', encodedSlash: 'accept', queryPieces: 10 ** 6 } as const;
const readQuery = (text: string) => canonicalQuery(queryPairs(text) ?? []);
const authorized = (text: string) => `SDK-HMAC-SHA256 Access=${KEY}, SignedHeaders=${text}, Signature=${text}`;
const linesOf = (text: string) => text.split('\n').flatMap((line) => [line, line]);

/** The functions that get a stranger's text, by the part that they get. */
const FUNCTIONS: Readonly<Record<string, (text: string) => unknown>> = {
  printable: (text) => printable(text, Infinity),
  brief,
  maskHeaders,
  'maskHeaders, of a value': (text) => maskHeaders(`x-a:${text}\nx-b:b\n`),
  maskPairs,
  maskSecrets: (text) => maskSecrets(text, [SECRET, 'xxxxxxxx', '========']),
  parseAuthorization,
  'parseAuthorization, of names and signature': (text) => parseAuthorization(authorized(text)),
  trimValue,
  'trimValue, of blanks within': (text) => trimValue(`x${text}x`),
  canonicalHeaders: (text) => canonicalHeaders([['x-a', text]]),
  canonicalUri,
  canonicalQuery: readQuery,
  percentDecode,
  percentEncode,
  parseSdkDate,
  toWireText,
  fromWireText,
  hasForeignCharset,
  'hasForeignCharset, of a parameter': (text) => hasForeignCharset(`a/b;x=y;${text}`),
  RawHeaders: (text) => new RawHeaders(linesOf(text)).get('x-a'),
  'readTarget, of a path': (text) => readTarget(`/${text}`, RULES),
  'readTarget, of a query': (text) => readTarget(`/?${text}`, RULES),
  'curlCommand, of a target and a header': (text) =>
    curlCommand({ method: 'GET', origin: 'http://x', target: `/${text}`, headers: [['X-A', text]] }),
};

/** A request whose signature does not match, with the text where a stranger can put it. */
const MISMATCHES: Readonly<Record<string, (text: string) => ReturnType<typeof signed>>> = {
  'a signed header': (text) => withHeader(signed({ headers: [['X-A', 'a']] }), 'X-A', text),
  'a header that proxies set': (text) => withHeader(withHeader(signed(), 'X-Forwarded-Host', text), 'Host', 'other'),
  'a header of a target': (text) => withHeader(withHeader(signed(), 'X-Original-Uri', text), 'Host', 'other'),
  'a path': (text) => ({ ...signed(), target: `/${text}` }),
  'a query': (text) => ({ ...signed(), target: `/?${text}` }),
  'a body': (text) => ({ ...signed(), body: Buffer.from(text) }),
  'a body of JSON': (text) => ({ ...signed(), body: Buffer.from(JSON.stringify([text, { [text]: text }])) }),
};

describe('ten times the text takes at most 15 times as long', { timeout: 120_000, retry: 3 }, () => {
  it.each(Object.entries(FUNCTIONS))('in %s', (_, run) => {
    expectLinear(run);
  });

  it.each(Object.entries(MISMATCHES))('in an explanation of %s', (_, make) => {
    expect(verdictOn(make('changed'))).toMatchObject({ ok: false });
    expectLinear((text) => explainMismatch(make(text), { keys: { [KEY]: SECRET }, arrival: Date.parse(DATE) }));
  });
});
