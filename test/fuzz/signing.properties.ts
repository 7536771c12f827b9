/** What is signed passes; what was changed since does not, unless the signature never covered it. */
import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { signRequest, toWireText } from '../../src/core/index.js';
import { naiveCanonicalRequest, naiveSignature, type NaiveRequest } from '../support/naive-signature.js';
import { body, signable } from '../support/requests.arbitrary.js';
import { draft, KEY, NOW, SECRET, signed, toWire, withHeader } from '../support/signed-request.js';
import { ordinaryTarget, target } from '../support/targets.arbitrary.js';
import { codeOf, verdictOf } from './agreement.properties.js';
import { property } from './property.js';

const ordinaryValue = fc.string({ unit: 'grapheme', maxLength: 6 }).map((value) => value.replace(/[\r\n]/g, ''));
const ordinary = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'),
  target: ordinaryTarget,
  headers: fc.uniqueArray(fc.tuple(fc.constantFrom('Host', 'X-A', 'x-b', '__proto__'), ordinaryValue), {
    selector: ([name]) => name,
  }),
  body,
});

/** A request passes as signRequest made it, with the signature of the naive signer. */
export const signedPasses = property(ordinary, (request) => {
  const { headers } = signRequest(request, { key: KEY, secret: SECRET, date: NOW });
  const onTheWire = { ...request, target: toWireText(request.target), headers };
  const names = headers.map(([name]) => name.toLowerCase()).filter((name) => name !== 'authorization');
  assert.ok(headers.at(-1)![1].endsWith(`Signature=${naiveSignature(onTheWire, SECRET, names)}`));
  const verdict = verdictOf(onTheWire);
  assert.deepEqual(verdict.ok && [verdict.key, verdict.secretIndex, verdict.bodyVerified], [KEY, 0, true]);
  return 'passed';
});

/** Refusals that a signer cannot spare its caller: what it was given to sign is refused whoever signs it. */
const UNSPARED = ['TARGET_AMBIGUOUS', 'BODY_HASH_MISMATCH'];

/** Whatever signRequest does sign, its signature is right. */
export const signedMatches = property(fc.tuple(signable, target), ([{ headers = [], method = '' }, anyTarget]) => {
  try {
    const request = { method, target: anyTarget, headers };
    const { headers: lines } = signRequest(request, { key: KEY, secret: SECRET, date: NOW });
    const code = codeOf(verdictOf({ method, target: toWireText(anyTarget), headers: lines }));
    assert.ok(code.startsWith('OK') || UNSPARED.includes(code), code);
    return code;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    assert.match(error.message, /^target: bad percent escape in the (path|query)$/);
    return 'not signed';
  }
});

type Splice = (text: string) => string;
const byte = fc.oneof(
  fc.constantFrom('', 'a', '/', '?', '&', '=', '+', '%', '0', ' ', '.', '#', ';', ','),
  fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
);
const splice = fc.tuple(fc.nat(500), byte, fc.nat(3)).map(([place, inserted, removed]): Splice => (text) => {
  const at = place % (text.length + 1);
  return text.slice(0, at) + inserted + text.slice(at + removed);
});

function valueOf(request: NaiveRequest, name: string): string {
  return request.headers.find(([each]) => each === name)![1];
}

const inHeader = (name: string) => (request: NaiveRequest, change: Splice) =>
  withHeader(request, name, change(valueOf(request, name)));

const CHANGES: Readonly<Record<string, (request: NaiveRequest, change: Splice) => NaiveRequest>> = {
  method: (request, change) => ({ ...request, method: change(request.method) }),
  target: (request, change) => ({ ...request, target: change(request.target) }),
  body: (request, change) => ({
    ...request,
    body: Buffer.from(change(Buffer.from(request.body!).toString('latin1')), 'latin1'),
  }),
  host: inHeader('Host'),
  date: inHeader('X-Sdk-Date'),
  authorization: inHeader('Authorization'),
  'a header less': (request, change) => {
    const gone = change('Host').length % (request.headers.length - 1);
    return { ...request, headers: request.headers.filter((_, at) => at !== gone) };
  },
  'a line more': (request, change) => ({ ...request, headers: [...request.headers, ['X-Sdk-Date', change('')]] }),
};

/** All that a signature covers, in one text; the verifier's own reading of it has no part in this. */
function covered(request: NaiveRequest, names: readonly string[]): string {
  const canonical = naiveCanonicalRequest(request, names, { order: 'decoded', plus: 'space' });
  const authorization = valueOf(request, 'Authorization').replace(/\s/g, '');
  const inAnyCase = authorization.replace(/(?<=SignedHeaders=)[^,]*/, (list) => list.toLowerCase());
  return `${canonical?.toString('latin1')}\n${inAnyCase}`;
}

/** The parts of a request that a change is made to. */
export const CHANGED_PARTS = Object.keys(CHANGES);

/** Any single change is refused, or changes nothing that is covered. */
export const changedIsRefused = property(
  fc.tuple(signable, splice, fc.constantFrom(...CHANGED_PARTS)),
  ([request, change, part]) => {
    const before = draft({ ...request, dialect: { order: request.dialect!.order, plus: 'space' } });
    const [sent, arrived] = [toWire(before), CHANGES[part]!(toWire(before), change)];
    if (!verdictOf(arrived).ok) return `${part}: refused`;
    assert.equal(covered(arrived, before.signedHeaders), covered(sent, before.signedHeaders));
    return `${part}: nothing that is covered`;
  },
);

const respelled = fc.tuple(ordinaryTarget, fc.infiniteStream(fc.boolean()), fc.nat(9));

/** A change of what the signature does not cover passes. */
export const respelledPasses = property(respelled, ([plain, coin, turn]) => {
  const request = signed({ target: toWireText(plain) });
  const flip = () => coin.next().value === true;
  const escape = (char: string) => (flip() ? '%' + char.charCodeAt(0).toString(16).padStart(2, '0') : char);
  const spell = (text: string) => (text.startsWith('%') ? (flip() ? text.toLowerCase() : text) : escape(text));
  const [path, query] = request.target.split('?') as [string, string];
  const respelledPath = path.replace(/%..|[^%/A-Za-z0-9]/g, spell) + (path.endsWith('/') || flip() ? '' : '/');
  const pieces = query.split('&').flatMap((piece) => [piece.replace(/%..|[^%+=]/g, spell), ...(flip() ? [''] : [])]);
  const respelledQuery = [...pieces.slice(turn), ...pieces.slice(0, turn)].join('&');
  assert.equal(codeOf(verdictOf({ ...request, target: `${respelledPath}?${respelledQuery}` })), 'OK');
  return 'passed';
});
