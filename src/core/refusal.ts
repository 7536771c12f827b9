/**
 * Why a request was refused, for programs; codes are stable (docs/spec.md, Checks). The codes are in the order
 * of the checks. The last five are not about the signature.
 *
 * @category Answer refusals
 */
export type RefusalCode =
  | 'AUTHORIZATION_MISSING'
  | 'AUTHORIZATION_MALFORMED'
  | 'KEY_UNKNOWN'
  | 'SIGNED_HEADER_MISSING'
  | 'SIGNED_HEADER_REPEATED'
  | 'HEADER_NOT_SIGNED'
  | 'DATE_MISSING'
  | 'DATE_MALFORMED'
  | 'SIGNATURE_EXPIRED'
  | 'TARGET_AMBIGUOUS'
  | 'SIGNATURE_MISMATCH'
  | 'BODY_HASH_MISMATCH'
  | 'UNSIGNED_PAYLOAD'
  | 'REPLAYED'
  | 'BODY_TOO_LARGE'
  | 'HELD_BYTES_EXCEEDED'
  | 'KEYS_UNAVAILABLE'
  | 'REPLAY_STORE_UNAVAILABLE'
  | 'BODY_NOT_CAPTURED';

const UNAUTHORIZED = 401;

/**
 * The status and the message of every refusal. Messages marked "documented" are exactly those of the official samples.
 */
const REFUSALS: Readonly<Record<RefusalCode, readonly [status: number, message: string]>> = {
  AUTHORIZATION_MISSING: [UNAUTHORIZED, 'Authorization not found.'], // documented
  AUTHORIZATION_MALFORMED: [UNAUTHORIZED, 'Authorization format incorrect.'], // documented
  KEY_UNKNOWN: [UNAUTHORIZED, 'Signing key not found.'], // documented
  SIGNED_HEADER_MISSING: [UNAUTHORIZED, 'Signed header <name> not found'], // documented
  SIGNED_HEADER_REPEATED: [UNAUTHORIZED, 'Signed header <name> came more than once.'],
  HEADER_NOT_SIGNED: [UNAUTHORIZED, 'Header <name> must be signed.'],
  DATE_MISSING: [UNAUTHORIZED, 'Header x-sdk-date not found.'], // documented
  DATE_MALFORMED: [UNAUTHORIZED, 'Header x-sdk-date must be a date of the form YYYYMMDDTHHMMSSZ.'],
  SIGNATURE_EXPIRED: [UNAUTHORIZED, 'Signature expired.'], // documented
  TARGET_AMBIGUOUS: [UNAUTHORIZED, 'Request target can be read in more than one way.'],
  SIGNATURE_MISMATCH: [UNAUTHORIZED, 'Verify authroization failed.'], // documented, typo included
  BODY_HASH_MISMATCH: [UNAUTHORIZED, 'Header x-sdk-content-sha256 is not the hash of the body.'],
  UNSIGNED_PAYLOAD: [UNAUTHORIZED, 'The body must be signed.'],
  REPLAYED: [UNAUTHORIZED, 'Signature was seen before.'],
  BODY_TOO_LARGE: [413, 'Request body too large.'],
  HELD_BYTES_EXCEEDED: [503, 'Too many request bodies are waiting.'],
  KEYS_UNAVAILABLE: [503, 'Signing keys are unavailable.'],
  REPLAY_STORE_UNAVAILABLE: [503, 'Replay store is unavailable.'],
  BODY_NOT_CAPTURED: [
    500,
    'The request body was not captured: import ApigSignatureModule.forRoot() in the root module, ' +
      'and let nothing read or replace the body before it.',
  ],
};

/**
 * Every code of a refusal, in the order of the checks. The codes that are not about a signature come last.
 *
 * @example
 * ```ts
 * const refusals = new Counter({ name: 'refusals', help: 'Refused requests', labelNames: ['code'] });
 * for (const code of REFUSAL_CODES) refusals.inc({ code }, 0); // a series for each code, before the first refusal
 * ```
 * @category Answer refusals
 */
export const REFUSAL_CODES: readonly RefusalCode[] = Object.freeze(Object.keys(REFUSALS) as RefusalCode[]);

/**
 * A refusal as the caller gets it.
 *
 * @category Answer refusals
 */
export interface Refusal {
  /** Why the request was refused, for programs. Codes are stable. */
  readonly code: RefusalCode;
  /** The message for people. It is exactly that of the official samples, if they have one (docs/spec.md, Checks). */
  readonly message: string;
  /** The HTTP status: 401 if the signature is refused; 413, 500 or 503 for other reasons. */
  readonly status: number;
  /** The reason in words, for the log only and never for a response. Not set: the code says everything. */
  readonly reason?: string;
}

/** The most characters of a stranger's text in a message of ours. */
const LONGEST_NAME = 64;

/** The refusal of a code. `name` is the header that the message names. `reason` is for the log. */
export function refusalOf(code: RefusalCode, { name = '', reason }: { name?: string; reason?: string } = {}): Refusal {
  const [status, template] = REFUSALS[code];
  // A function, because replace() would read "$&" in a name as a pattern.
  const message = template.replace('<name>', () => name.slice(0, LONGEST_NAME));
  return reason === undefined ? { code, message, status } : { code, message, status, reason };
}

/** An error that carries a refusal out of a function that promises a body's hash. */
export class RefusalError extends Error {
  override readonly name = 'RefusalError';

  constructor(readonly refusal: Refusal) {
    super(refusal.message);
  }
}

/**
 * Whether a result is a refusal. A step that every accepted request takes asks `'code' in answer`
 * of an object instead: this function meets objects of all shapes, and takes some 5 ns longer each time.
 */
export function isRefusal(value: unknown): value is Refusal {
  return (value as Partial<Refusal> | undefined)?.code !== undefined;
}

/**
 * The message of an error as a reason, also of one from another realm. Text that is thrown in place of an error is its
 * own message.
 */
export function messageOf(problem: unknown): string {
  try {
    const { message } = (problem ?? {}) as { message?: unknown };
    return typeof message === 'string' ? message : String(problem);
  } catch {
    return 'with something that has no text'; // an object without a prototype, say
  }
}
