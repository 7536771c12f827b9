/**
 * The signer of an Authorization header, by the header's beginning: other types of signature keys, and schemes of
 * callers.
 */
const OTHER_SCHEMES: readonly (readonly [begins: RegExp, what: string])[] = [
  [/^Basic(?: |$)/i, 'Basic is written by a signature key of type basic'],
  [/^SDK-HMAC-SM3(?: |$)/, 'SDK-HMAC-SM3 is written by the SM3 signers of the SDKs'],
  [/^V11-HMAC-SHA256(?: |$)/, 'V11-HMAC-SHA256 is how callers sign with a derived key'],
  [/^SDK-ECDSA-P256-SHA256(?: |$)/, 'SDK-ECDSA-P256-SHA256 is how callers sign with a key pair'],
  [/^SDK-SM2-SM3(?: |$)/, 'SDK-SM2-SM3 is how callers sign with a key pair'],
  [/^SDK-HMAC-SHA256 +Credential=/, 'Credential=.../sdk_request is the older form of SDK-HMAC-SHA256'],
];

/**
 * The reason for the log: which other scheme an Authorization header belongs to, and the remedy. Returns nothing for
 * an unknown scheme. It shows nothing of the header itself.
 */
export function otherScheme(authorization: string): { readonly reason: string } | undefined {
  const known = OTHER_SCHEMES.find(([begins]) => begins.test(authorization));
  return known && { reason: `${known[1]}; the signature key must be of type hmac` };
}
