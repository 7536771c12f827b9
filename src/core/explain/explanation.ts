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
  /** The body's bytes. Default: no body, unless `bodyHash` is set. */
  readonly body?: Uint8Array | undefined;
  /** The body's lower-case hex sha256, if its bytes are not at hand. Default: the hash of `body`. */
  readonly bodyHash?: string | undefined;
  /** The value of a parsed JSON body. Default: `body` is parsed. Values of more than about 64 KB are ignored. */
  readonly parsedBody?: unknown;
}

/**
 * The options of {@link explainMismatch}.
 *
 * @category Explain a mismatch
 */
export interface ExplainOptions extends Pick<
  VerifierSettings,
  'plusInQuery' | 'encodedSlash' | 'queryPieces' | 'pathPrefix'
> {
  /** Secrets by the name of their signing key. The one that the request names must be among them. */
  readonly keys: Readonly<Record<string, Secrets>>;
  /**
   * When the request came, in milliseconds since 1970. Not set: the request's date is not compared with it.
   */
  readonly arrival?: number | undefined;
  /**
   * Further prefixes that a proxy may remove from paths: `/api`. Default: none. Usual prefixes, and those in the
   * request's headers, are tried in any case.
   */
  readonly pathPrefixes?: readonly string[] | undefined;
}

/**
 * Why a signature does not match, in texts of printable ASCII that may be logged.
 *
 * @category Explain a mismatch
 */
export interface Explanation {
  /**
   * The canonical request of the verifier: newlines as `|`, cookies and tokens as `***`. Empty if the request could not
   * be read.
   */
  readonly canonicalRequest: string;
  /** The string to sign of the verifier, newlines as `|`. Empty if the request could not be read. */
  readonly stringToSign: string;
  /** Whether the signature matches as it is. */
  readonly matches: boolean;
  /** The first cause that was found. Not set: none was found. */
  readonly cause?: {
    /** The cause for programs. Codes are stable. */
    readonly code: CauseCode;
    /** What happened, and what to do about it. */
    readonly text: string;
  };
  /**
   * Lower-case names of signed headers of the kind that proxies change. If a cause is proved, only the headers that it
   * changed; otherwise all of them. Not set: there are none.
   */
  readonly suspects?: readonly string[];
  /** The canonical request that was signed. Not set: no cause was found, or it is the same as `canonicalRequest`. */
  readonly signed?: string;
  /** The cause's text, or a sentence that says why no cause was found. */
  readonly text: string;
}

/** The most other keys whose secrets are tried. */
export const MOST_KEYS = 1000;
