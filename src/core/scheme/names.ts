/** Header names of the scheme, in lower case as they are signed. */
export const AUTHORIZATION = 'authorization';
/** The header that says when a request was signed. */
export const X_SDK_DATE = 'x-sdk-date';
/** The header that declares the body's hash. The signature can then be checked before the body has arrived. */
export const X_SDK_CONTENT_SHA256 = 'x-sdk-content-sha256';

/** Not of the scheme. What a body is read as depends on it, so that checks ask for it. */
export const CONTENT_TYPE = 'content-type';

/** The value of `x-sdk-content-sha256` for a body that is not signed. */
export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';
