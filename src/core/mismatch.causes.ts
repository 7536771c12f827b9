import { emptyObject, jsonRewritten, noBody } from './mismatch.body.js';
import { dateInLocalTime } from './mismatch.date.js';
import type { Guess, SeenRequest } from './mismatch.guess.js';
import { otherHosts, otherPorts } from './mismatch.host.js';
import { asTold, pathDecoded, pathEncoded, withoutPrefix, withPrefix } from './mismatch.path.js';
import { plusReread, queryDecoded, queryEncoded, queryUnsorted } from './mismatch.query.js';
import { ofOtherKeys, withOtherEnds } from './mismatch.secret.js';

/** Why a signature does not match: stable, and what programs should read. */
export type CauseCode =
  | 'PATH_PREFIX_STRIPPED'
  | 'PATH_PREFIX_ADDED'
  | 'TARGET_REWRITTEN'
  | 'PATH_DECODED'
  | 'PATH_ENCODED'
  | 'QUERY_DECODED'
  | 'QUERY_ENCODED'
  | 'QUERY_UNSORTED'
  | 'PLUS_IN_QUERY'
  | 'HOST_PORT'
  | 'HOST_REPLACED'
  | 'BODY_NOT_SIGNED'
  | 'BODY_EMPTY_OBJECT'
  | 'BODY_REWRITTEN'
  | 'SECRET_ENDS'
  | 'SECRET_OF_OTHER_KEY'
  | 'LOCAL_TIME';

/** What a cause is called, how it is told with its remedy, and what would then have been signed. */
export interface Cause {
  readonly code: CauseCode;
  readonly text: string;
  readonly guesses: (seen: SeenRequest) => Iterable<Guess>;
}

export const LOCAL_TIME: Cause = {
  code: 'LOCAL_TIME',
  text: 'The signer took local time for UTC. X-Sdk-Date is UTC everywhere: have the signer format it so, Z included.',
  guesses: dateInLocalTime,
};

/** What may happen to a request on its way; two of these may come together, as one proxy does several things. */
export const CAUSES_ON_THE_WAY: readonly Cause[] = [
  {
    code: 'PATH_PREFIX_STRIPPED',
    text:
      'A proxy took a prefix off the path after it was signed. Have it pass the path on as it is ' +
      '(nginx: no path, not even a slash, behind the address in proxy_pass), or give the gateway the path without it.',
    guesses: withPrefix,
  },
  {
    code: 'PATH_PREFIX_ADDED',
    text:
      'A proxy put a prefix before the path after it was signed. Have it pass the path on as it is, ' +
      'or give the gateway the path with it.',
    guesses: withoutPrefix,
  },
  {
    code: 'PATH_DECODED',
    text:
      'The path was decoded once after it was signed, or the signer encodes it twice. Have the proxy pass it on as ' +
      'it came (nginx: $request_uri in place of $uri), or the signer encode it once.',
    guesses: pathEncoded,
  },
  {
    code: 'PATH_ENCODED',
    text:
      'The path was encoded once more after it was signed, or the signer does not encode it. Have the proxy pass it ' +
      'on as it came, or the signer sign what it sends.',
    guesses: pathDecoded,
  },
  {
    code: 'TARGET_REWRITTEN',
    text:
      'A proxy wrote another path or query than the one that was signed, which a header tells of. ' +
      'Have it pass the request target on as it is.',
    guesses: asTold,
  },
  {
    code: 'QUERY_UNSORTED',
    text: 'The signer did not sort or encode the query. Have it sort by name, then by value, and encode both.',
    guesses: queryUnsorted,
  },
  {
    code: 'PLUS_IN_QUERY',
    text:
      'The signer reads "+" in the query the other way. Have the caller send %20 for a space and %2B for a plus, ' +
      'or set plusInQuery.',
    guesses: plusReread,
  },
  {
    code: 'QUERY_DECODED',
    text:
      'The query was decoded once after it was signed, or the signer encodes it twice. Have the proxy pass it on as ' +
      'it came, or the signer encode it once.',
    guesses: queryEncoded,
  },
  {
    code: 'QUERY_ENCODED',
    text: 'The query was encoded once more after it was signed. Have the proxy pass it on as it came.',
    guesses: queryDecoded,
  },
  {
    code: 'HOST_PORT',
    text:
      'Host was signed with another port, or with none. Have the proxy pass Host on as it came ' +
      '(nginx: proxy_set_header Host $http_host).',
    guesses: otherPorts,
  },
  {
    code: 'HOST_REPLACED',
    text:
      'A proxy replaced Host; the one that was signed is told by another header. Have it pass Host on as it came ' +
      '(nginx: proxy_set_header Host $http_host).',
    guesses: otherHosts,
  },
  {
    code: 'BODY_NOT_SIGNED',
    text: 'The signer signed no body, yet one came. Have it hash the bytes that it sends.',
    guesses: noBody,
  },
  {
    code: 'BODY_EMPTY_OBJECT',
    text: 'The signer hashed {} in place of the body. Have it hash the bytes that it sends, and nothing where there is none.',
    guesses: emptyObject,
  },
  {
    code: 'BODY_REWRITTEN',
    text:
      'The JSON body was written anew between signing and arriving: same values, other bytes. ' +
      'Have the signer hash the bytes that it sends, and proxies leave bodies alone.',
    guesses: jsonRewritten,
  },
];

/** What may be wrong at either end; each comes alone. */
export const CAUSES_AT_AN_END: readonly Cause[] = [
  {
    code: 'SECRET_ENDS',
    text: 'The secrets differ by a line break, a blank or quotes at the ends. Take these off where they are.',
    guesses: withOtherEnds,
  },
  {
    code: 'SECRET_OF_OTHER_KEY',
    text: 'It was signed with the secret of another key. Compare key and secret in the gateway with those here.',
    guesses: ofOtherKeys,
  },
  LOCAL_TIME,
];
