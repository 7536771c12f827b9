import type { Secrets } from '../keys/keyring.js';
import type { CauseCode } from './causes.js';
import type { VerifierSettings } from '../verify/verifier.options.js';
import type { WireRequest } from '../scheme/wire-request.js';

/**
 * A request as it came over the wire, as for `verify`.
 *
 * @category Explain a mismatch
 */
export interface RequestToExplain extends Omit<WireRequest, 'body'> {
  /** The body's bytes. Not set: there are none, or `bodyHash` is. */
  readonly body?: Uint8Array | undefined;
  /** The body's lower-case hex sha256, where its bytes are not at hand. Not set: that of `body`. */
  readonly bodyHash?: string | undefined;
  /** What a parser made of a JSON body. Not set: `body` is parsed. Nothing above some 64 KB is looked at. */
  readonly parsedBody?: unknown;
}

/**
 * What to explain with.
 *
 * @category Explain a mismatch
 */
export interface ExplainOptions extends Pick<
  VerifierSettings,
  'plusInQuery' | 'encodedSlash' | 'queryPieces' | 'pathPrefix'
> {
  /** Secrets by the name of their signing key. The one that the request names must be among them. */
  readonly keys: Readonly<Record<string, Secrets>>;
  /** When the request came, in milliseconds since 1970. Not set: whether its date is in time is not looked at. */
  readonly arrival?: number | undefined;
  /** More prefixes that a proxy may take off paths, `/api`. Not set: usual ones, and those that headers tell of. */
  readonly pathPrefixes?: readonly string[] | undefined;
}

/**
 * Why a signature does not match, in texts of printable ASCII that may be logged.
 *
 * @category Explain a mismatch
 */
export interface Explanation {
  /** What the verifier hashed, newlines as `|`, cookies and tokens as `***`. Empty if the request could not be read. */
  readonly canonicalRequest: string;
  /** What the signature should have been made of, newlines as `|`. Empty if the request could not be read. */
  readonly stringToSign: string;
  /** Whether the signature matches as it is. */
  readonly matches: boolean;
  /** The first cause found, in words and with the remedy. Not set: none was found. */
  readonly cause?: {
    /** Stable, and what programs should read. */
    readonly code: CauseCode;
    /** What happened, and what to do about it. */
    readonly text: string;
  };
  /**
   * Lower-case names of signed headers of the kind that proxies change: all of them where no cause is proved, and those
   * that a proved cause changed. Not set: there are none.
   */
  readonly suspects?: readonly string[];
  /** What was signed, as far as that is another canonical request. Not set: no cause was found, or it is the same one. */
  readonly signed?: string;
  /** The cause's text, or a sentence that says why no cause was found. */
  readonly text: string;
}

/** Other keys whose secrets are looked at. */
export const MOST_KEYS = 1000;
