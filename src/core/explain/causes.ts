import { bodyRespelled, bodyRespelledOddly, emptyObject, hashInCapitals, noBody, undeclared } from './body-causes.js';
import { otherContentTypes } from './content-type-cause.js';
import { dateInLocalTime } from './date-cause.js';
import type { Guess, SeenRequest } from './guess.js';
import { otherBlanks, otherMethods, withoutAppended } from './header-causes.js';
import { otherHosts, otherPorts } from './host-causes.js';
import * as path from './path-causes.js';
import * as query from './query-causes.js';
import * as remedy from './remedies.js';
import { ofOtherKeys, withOtherEnds } from './secret-causes.js';
import { asTold } from './told-targets.js';

/**
 * Why a signature does not match, for programs. Codes are stable.
 *
 * @category Explain a mismatch
 */
export type CauseCode =
  | 'PATH_PREFIX_STRIPPED'
  | 'PATH_PREFIX_ADDED'
  | 'TARGET_REWRITTEN'
  | 'PATH_DECODED'
  | 'PATH_ENCODED'
  | 'FINAL_SLASH_MISSING'
  | 'QUERY_DECODED'
  | 'QUERY_ENCODED'
  | 'QUERY_UNSORTED'
  | 'PLUS_IN_QUERY'
  | 'METHOD_REWRITTEN'
  | 'HOST_PORT'
  | 'HOST_REPLACED'
  | 'CONTENT_TYPE_REWRITTEN'
  | 'HEADER_APPENDED'
  | 'HEADER_BLANKS'
  | 'AUTHORIZATION_SIGNED'
  | 'BODY_NOT_SIGNED'
  | 'BODY_EMPTY_OBJECT'
  | 'BODY_REWRITTEN'
  | 'BODY_HASH_UPPER_CASE'
  | 'PAYLOAD_NOT_DECLARED'
  | 'SECRET_ENDS'
  | 'SECRET_OF_OTHER_KEY'
  | 'LOCAL_TIME';

/** A cause: its code, its description and remedy, and guesses at what was signed. */
export interface Cause {
  readonly code: CauseCode;
  /** What happened. */
  readonly what: string;
  /** What to change. */
  readonly remedy: string;
  readonly guesses: (seen: SeenRequest) => Iterable<Guess>;
  /** How many of its guesses are tried in pairs with those of other causes. More than two: its pairs come first. */
  readonly inPairs: number;
}

const cause = (code: CauseCode, guesses: Cause['guesses'], what: string, remedy: string, inPairs = 0): Cause => {
  return { code, what, remedy, guesses, inPairs };
};

export const LOCAL_TIME = cause('LOCAL_TIME', dateInLocalTime, 'The signer took local time for UTC.', remedy.SIGN_UTC);

export const AUTHORIZATION_SIGNED = cause(
  'AUTHORIZATION_SIGNED',
  () => [],
  'The header authorization is among the signed headers: such a signature can never match, ' +
    'since the signer replaced that header with the signature after it had signed.',
  remedy.UNSIGN_AUTHORIZATION,
);

const BODY_REWRITTEN = 'The body was written anew between signing and arriving: same values, other bytes.';
const REWRITTEN = 'The path or the query was rewritten after it was signed.';
const UNSORTED = 'The signer did not sort or encode the query as the scheme asks.';

/** Every cause that can be proved, in the order in which they are tried. */
export const CAUSES: readonly Cause[] = [
  cause('PATH_PREFIX_ADDED', path.withoutOption, remedy.ADDED_BY_OPTION, remedy.REMOVE_OPTION, 3),
  cause('PATH_PREFIX_STRIPPED', path.withPrefix, remedy.STRIPPED, remedy.KEEP_PREFIX, 14),
  cause('PATH_PREFIX_ADDED', path.withoutPrefix, remedy.ADDED, remedy.ADD_NO_PREFIX, 4),
  cause('PATH_DECODED', path.pathEncoded, remedy.WAS_DECODED('path'), remedy.PASS_ON_URI, 1),
  cause('PATH_ENCODED', path.pathDecoded, remedy.WAS_ENCODED('path'), remedy.PASS_ON_URI, 2),
  cause('TARGET_REWRITTEN', asTold, REWRITTEN, remedy.PASS_ON_TARGET, 6),
  cause('TARGET_REWRITTEN', path.pathNormalised, REWRITTEN, remedy.PASS_ON_TARGET, 2),
  cause('FINAL_SLASH_MISSING', path.openEnded, remedy.OPEN_ENDED, remedy.END_WITH_SLASH, 1),
  cause('QUERY_UNSORTED', query.queryUnsorted, UNSORTED, remedy.SORT_QUERY, 4),
  cause('PLUS_IN_QUERY', query.plusReread, remedy.PLUS_REREAD, remedy.ESCAPE_PLUS, 1),
  cause('QUERY_DECODED', query.queryEncoded, remedy.WAS_DECODED('query'), remedy.PASS_ON_URI, 1),
  cause('QUERY_ENCODED', query.queryDecoded, remedy.WAS_ENCODED('query'), remedy.PASS_ON_URI, 1),
  cause('QUERY_UNSORTED', query.queryMiswritten, UNSORTED, remedy.SORT_QUERY),
  cause('TARGET_REWRITTEN', query.queryShorter, REWRITTEN, remedy.PASS_ON_TARGET, 1),
  cause('METHOD_REWRITTEN', otherMethods, 'The method that was signed is another one.', remedy.KEEP_METHOD, 2),
  cause('HOST_PORT', otherPorts, 'Host was signed with another port, or with none.', remedy.PASS_ON_HOST, 5),
  cause('HOST_REPLACED', otherHosts, 'Host was replaced after it was signed.', remedy.PASS_ON_HOST, 6),
  cause('CONTENT_TYPE_REWRITTEN', otherContentTypes, remedy.RETYPED, remedy.KEEP_CONTENT_TYPE, 7),
  cause('HEADER_APPENDED', withoutAppended, 'A proxy added to the value of a signed header.', remedy.LEAVE_ALONE, 6),
  cause('HEADER_BLANKS', otherBlanks, 'The signer changed the blanks of a signed header.', remedy.KEEP_BLANKS, 1),
  cause('BODY_NOT_SIGNED', noBody, 'The hash of an empty body was signed.', remedy.SIGN_BYTES, 1),
  cause('BODY_EMPTY_OBJECT', emptyObject, 'The signer hashed {} in place of the body.', remedy.SIGN_NO_OBJECT, 1),
  cause('BODY_HASH_UPPER_CASE', hashInCapitals, 'The signer wrote the hash of the body in capitals.', remedy.LOWER, 1),
  cause('PAYLOAD_NOT_DECLARED', undeclared, remedy.UNDECLARED, remedy.DECLARE_PAYLOAD, 1),
  cause('BODY_REWRITTEN', bodyRespelled, BODY_REWRITTEN, remedy.SIGN_BYTES_LAST, 14),
  cause('SECRET_ENDS', withOtherEnds, remedy.ENDS_DIFFER, remedy.TRIM_SECRETS),
  cause('SECRET_OF_OTHER_KEY', ofOtherKeys, 'It was signed with the secret of another key.', remedy.COMPARE_KEYS),
  LOCAL_TIME,
];

/** Less likely guesses. The limits may leave them out. */
export const RARE_CAUSES: readonly Cause[] = [
  cause('BODY_REWRITTEN', bodyRespelledOddly, BODY_REWRITTEN, remedy.SIGN_BYTES_LAST),
  cause('TARGET_REWRITTEN', path.otherPrefix, REWRITTEN, remedy.PASS_ON_TARGET),
];
