/** The header names of the scheme, in lower case as they are signed. */
export const AUTHORIZATION = 'authorization';
/** The header that says when a request was signed. */
export const X_SDK_DATE = 'x-sdk-date';
/** The header that declares the body's hash. The signature can then be checked before the body has arrived. */
export const X_SDK_CONTENT_SHA256 = 'x-sdk-content-sha256';

/** The scheme does not name this header. Checks ask for it, because it decides how a body is read. */
export const CONTENT_TYPE = 'content-type';

/** The value of `x-sdk-content-sha256` for a body that is not signed. */
export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';
