import { emptyObject, jsonRewritten, noBody } from './body-causes.js';
import { dateInLocalTime } from './date-cause.js';
import type { Guess, SeenRequest } from './guess.js';
import { otherHosts, otherPorts } from './host-causes.js';
import { asTold, pathDecoded, pathEncoded, withoutPrefix, withPrefix } from './path-causes.js';
import { plusReread, queryDecoded, queryEncoded, queryUnsorted } from './query-causes.js';
import { ofOtherKeys, withOtherEnds } from './secret-causes.js';

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
  /** Whether a proxy may be at fault: then two come together, since one proxy does several things to a request. */
  readonly byProxy: boolean;
}

const PASS_ON_PATH =
  'Have the proxy pass the path on as it is (nginx: nothing behind the address in proxy_pass, not even a slash)';
const PASS_ON_HOST = 'Have the proxy pass Host on as it came (nginx: proxy_set_header Host $http_host).';
const SIGN_BYTES = 'Have the signer hash the bytes that it sends';

const byProxy = (code: CauseCode, guesses: Cause['guesses'], text: string): Cause => {
  return { code, text, guesses, byProxy: true };
};
const bySigner = (code: CauseCode, guesses: Cause['guesses'], text: string): Cause => {
  return { code, text, guesses, byProxy: false };
};

export const LOCAL_TIME = bySigner(
  'LOCAL_TIME',
  dateInLocalTime,
  'The signer took local time for UTC. X-Sdk-Date is UTC everywhere: have the signer format it so, Z included.',
);

/** Every cause, in the order in which they are tried. */
export const CAUSES: readonly Cause[] = [
  byProxy(
    'PATH_PREFIX_STRIPPED',
    withPrefix,
    `A prefix was taken off the path after it was signed. ${PASS_ON_PATH}, or give the gateway the path without it.`,
  ),
  byProxy(
    'PATH_PREFIX_ADDED',
    withoutPrefix,
    `A prefix was put before the path after it was signed. ${PASS_ON_PATH}, or give the gateway the path with it.`,
  ),
  byProxy(
    'PATH_DECODED',
    pathEncoded,
    'The path was decoded after it was signed, or the signer encodes it twice. ' +
      'Have the proxy pass it on as it came (nginx: $request_uri in place of $uri), or the signer encode it once.',
  ),
  byProxy(
    'PATH_ENCODED',
    pathDecoded,
    'The path was encoded once more after it was signed, or the signer does not encode it. ' +
      'Have the proxy pass it on as it came, or the signer encode it.',
  ),
  byProxy(
    'TARGET_REWRITTEN',
    asTold,
    'The path or the query was rewritten after it was signed, as a header tells. Have the proxy pass both on as they came.',
  ),
  bySigner(
    'QUERY_UNSORTED',
    queryUnsorted,
    'The signer did not sort or encode the query. Have it sort by name, then by value, and encode both.',
  ),
  bySigner(
    'PLUS_IN_QUERY',
    plusReread,
    'The signer reads "+" in the query the other way. ' +
      'Have the caller write %20 for a space and %2B for a plus, or set plusInQuery.',
  ),
  byProxy(
    'QUERY_DECODED',
    queryEncoded,
    'The query was decoded after it was signed, or the signer encodes it twice. ' +
      'Have the proxy pass it on as it came, or the signer encode it once.',
  ),
  byProxy(
    'QUERY_ENCODED',
    queryDecoded,
    'The query was encoded once more after it was signed. Have the proxy pass it on as it came.',
  ),
  byProxy('HOST_PORT', otherPorts, `Host was signed with another port, or with none. ${PASS_ON_HOST}`),
  byProxy(
    'HOST_REPLACED',
    otherHosts,
    `Host was replaced after it was signed, as another header tells. ${PASS_ON_HOST}`,
  ),
  bySigner('BODY_NOT_SIGNED', noBody, `The hash of an empty body was signed. ${SIGN_BYTES}.`),
  bySigner(
    'BODY_EMPTY_OBJECT',
    emptyObject,
    `The signer hashed {} in place of the body. ${SIGN_BYTES}, and nothing where there is no body.`,
  ),
  bySigner(
    'BODY_REWRITTEN',
    jsonRewritten,
    'The JSON body was written anew between signing and arriving: same values, other bytes. ' +
      `${SIGN_BYTES}, and proxies leave bodies alone.`,
  ),
  bySigner(
    'SECRET_ENDS',
    withOtherEnds,
    'The secrets differ by a line break, a blank or quotes at the ends. Take these off where they are.',
  ),
  bySigner(
    'SECRET_OF_OTHER_KEY',
    ofOtherKeys,
    'It was signed with the secret of another key. Compare key and secret in the gateway with those here.',
  ),
  LOCAL_TIME,
];
