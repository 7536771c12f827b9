import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signRequest, toWireText } from '../../src/core/index.js';
import { naiveCanonicalRequest, naiveSignature, type NaiveRequest } from '../support/naive-signature.js';
import { body, signable } from '../support/requests.arbitrary.js';
import { draft, KEY, NOW, SECRET, signed, toWire, verdictOn, withHeader } from '../support/signed-request.js';

const passed = expect.objectContaining({ ok: true, key: KEY });

/** Targets in ordinary text that can be read in one way only. */
const text = fc.string({ unit: 'grapheme', maxLength: 6 });
const escaped = text.map((plain) => encodeURIComponent(plain));
const segment = fc.oneof(escaped, fc.constantFrom('.', '..', '+', 'caf\u00e9', ':', '\u20ac', '%2541', '~'));
const pathSegment = fc.oneof(fc.constant(''), segment).filter((each) => !each.includes('%2F'));
const pair = fc.tuple(segment, segment).map(([name, value]) => (name === '' ? 'a' : `${name}=${value}`));
const target = fc
  .tuple(
    fc.array(pathSegment, { maxLength: 4 }),
    fc.array(fc.oneof(pair, fc.constantFrom('', 'a', '=')), { maxLength: 5 }),
  )
  .map(([segments, pieces]) => `/${segments.join('/')}?${pieces.join('&')}`);

describe('a signed request', () => {
  const header = fc.tuple(
    fc.constantFrom('Host', 'X-A', 'x-b', '__proto__'),
    text.map((value) => value.replace(/[\r\n]/g, '')),
  );
  const ordinary = fc.record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'),
    target,
    headers: fc.uniqueArray(header, { selector: ([name]) => name }),
    body,
  });

  it('passes as signRequest made it, with the signature of the naive signer', () => {
    const property = fc.property(ordinary, (request) => {
      const { headers } = signRequest(request, { key: KEY, secret: SECRET, date: NOW });
      const onTheWire = { ...request, target: toWireText(request.target), headers };
      const names = headers.map(([name]) => name.toLowerCase()).filter((name) => name !== 'authorization');
      expect(headers.at(-1)![1]).toContain(`Signature=${naiveSignature(onTheWire, SECRET, names)}`);
      expect(verdictOn(onTheWire)).toEqual(passed);
    });
    fc.assert(property, { numRuns: 1500 });
  });
});

describe('any single change', () => {
  type Splice = (text: string) => string;
  const byte = fc.oneof(
    fc.constantFrom('', 'a', '/', '?', '&', '=', '+', '%', '0', ' ', '.', '#'),
    fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  );
  const splice = fc.tuple(fc.nat(500), byte, fc.nat(3)).map(([place, inserted, removed]): Splice => (text) => {
    const at = place % (text.length + 1);
    return text.slice(0, at) + inserted + text.slice(at + removed);
  });
  const valueOf = (request: NaiveRequest, name: string) => request.headers.find(([each]) => each === name)![1];
  const inHeader = (name: string) => (request: NaiveRequest, change: Splice) =>
    withHeader(request, name, change(valueOf(request, name)));
  const changes: Readonly<Record<string, (request: NaiveRequest, change: Splice) => NaiveRequest>> = {
    method: (request, change) => ({ ...request, method: change(request.method) }),
    target: (request, change) => ({ ...request, target: change(request.target) }),
    body: (request, change) => ({
      ...request,
      body: Buffer.from(change(Buffer.from(request.body!).toString('latin1')), 'latin1'),
    }),
    'signed header': inHeader('Host'),
    date: inHeader('X-Sdk-Date'),
    authorization: inHeader('Authorization'),
  };

  /** All that a signature covers, in one text; the verifier's own reading of it has no part in this. */
  const covered = (request: NaiveRequest, names: readonly string[]) => [
    naiveCanonicalRequest(request, names, { order: 'decoded', plus: 'space' })?.toString('latin1'),
    valueOf(request, 'Authorization')
      .replace(/\s/g, '')
      .replace(/(?<=SignedHeaders=)[^,]*/, (list) => list.toLowerCase()),
  ];

  it.each(Object.keys(changes))('of the %s is refused, or changes nothing that is covered', (part) => {
    let refusals = 0;
    const property = fc.property(signable, splice, (request, change) => {
      const before = draft({ ...request, dialect: { order: request.dialect!.order, plus: 'space' } });
      const after = changes[part]!(toWire(before), change);
      const verdict = verdictOn(after);
      if (verdict instanceof Promise || !verdict.ok) refusals++;
      else expect(covered(after, before.signedHeaders)).toEqual(covered(toWire(before), before.signedHeaders));
    });
    fc.assert(property, { numRuns: 600 });
    expect(refusals).toBeGreaterThan(300);
  });

  it('of what the signature does not cover is passed', () => {
    const coins = fc.infiniteStream(fc.boolean());
    const property = fc.property(target, coins, fc.nat(9), (plain, coin, turn) => {
      const request = signed({ target: toWireText(plain) });
      const flip = () => coin.next().value === true;
      const escape = (char: string) => (flip() ? '%' + char.charCodeAt(0).toString(16).padStart(2, '0') : char);
      const spell = (text: string) => (text.startsWith('%') ? (flip() ? text.toLowerCase() : text) : escape(text));
      const [path, query] = request.target.split('?') as [string, string];
      const respelledPath = path.replace(/%..|[^%/A-Za-z0-9]/g, spell) + (path.endsWith('/') || flip() ? '' : '/');
      const pieces = query
        .split('&')
        .flatMap((piece) => [piece.replace(/%..|[^%+=]/g, spell), ...(flip() ? [''] : [])]);
      const respelledQuery = [...pieces.slice(turn), ...pieces.slice(0, turn)].join('&');
      expect(verdictOn({ ...request, target: `${respelledPath}?${respelledQuery}` })).toEqual(passed);
    });
    fc.assert(property, { numRuns: 1000 });
  });
});
