import { expect, it } from 'vitest';
import { explainMismatch } from '../../../src/core/index.js';
import { naiveCanonicalRequest, naiveSignatureOf, sha256 } from '../../support/naive-signature.js';
import { DATE, draft, KEY, SECRET, toWire, withHeader, type DraftChanges } from '../../support/signed-request.js';

/** Explains a request whose signer took it for one without a body. */
function explain(changes: DraftChanges) {
  const request = toWire(draft(changes));
  const names = draft(changes).signedHeaders;
  const lines = naiveCanonicalRequest(request, names, { order: 'decoded', plus: 'space' })!.toString().split('\n');
  const signed = [...lines.slice(0, -1), sha256(new Uint8Array())].join('\n');
  const signature = naiveSignatureOf(Buffer.from(signed), Buffer.from(DATE), SECRET);
  const authorization = `SDK-HMAC-SHA256 Access=${KEY}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return explainMismatch(withHeader(request, 'Authorization', authorization), { keys: { [KEY]: SECRET } });
}

const DECLARED: [string, string][] = [['X-Sdk-Content-Sha256', 'UNSIGNED-PAYLOAD']];
const OTHER_HASH = 'The signed X-Sdk-Content-Sha256 names another hash, which belongs in its place.';

it.each<[string, DraftChanges, hasNote: boolean]>([
  ['a body came', { method: 'POST', body: Buffer.from('a') }, false],
  ['a body came that was declared', { method: 'POST', body: Buffer.from('a'), headers: DECLARED }, true],
  ['no body came, and another hash was declared', { headers: DECLARED }, true],
])('explains a signed empty body: %s', (_, changes, hasNote) => {
  const { cause } = explain(changes);
  expect(cause?.code).toBe('BODY_NOT_SIGNED');
  expect(cause?.text).toMatch(/^The hash of an empty body was signed\. /);
  expect(cause?.text).not.toMatch(/body came/);
  expect(cause?.text.includes(OTHER_HASH)).toBe(hasNote);
});
