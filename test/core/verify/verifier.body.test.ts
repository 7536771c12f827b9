import { createHash } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { createVerifier, type BodyHashSource, type VerifierOptions } from '../../../src/core/index.js';
import { RefusalError, refusalOf } from '../../../src/core/refusal.js';
import { refused } from '../../support/refusals.js';
import { draft, KEY, NOW, SECRET, signed, toWire, withHeader, type Draft } from '../../support/signed-request.js';

const BODY = Buffer.from('{"a":1}\xff', 'latin1');
const HASH = createHash('sha256').update(BODY).digest('hex');
const EMPTY_HASH = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

const passed = expect.objectContaining({ ok: true, bodyVerified: true });
const notCaptured = (reason: string) => ({ ok: false, refusal: refusalOf('BODY_NOT_CAPTURED', { reason }) });

const verifierWith = (options: Partial<VerifierOptions> = {}) =>
  createVerifier({ keys: { [KEY]: SECRET }, now: () => NOW, ...options });
const verifier = verifierWith();

const post = (changes: Partial<Draft> = {}) => signed({ method: 'POST', body: BODY, ...changes });
/** With a signed body hash, by default that of {@link BODY}. */
const declaring = (value = HASH) => post({ headers: [['X-Sdk-Content-Sha256', value]] });

describe('the verifier', () => {
  it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'QUERY'])(
    'checks the body of a %s',
    (method) => {
      expect(verifier.verify(post({ method }))).toEqual(passed);
      expect(verifier.verify({ ...post({ method }), body: BODY.subarray(1) })).toEqual(refused('SIGNATURE_MISMATCH'));
      expect(verifier.verify({ ...post({ method }), body: undefined })).toEqual(refused('SIGNATURE_MISMATCH'));
    },
  );

  it('hashes a missing body as empty', () => {
    const { body: _, ...request } = signed();
    expect(verifier.verify(request)).toEqual(passed);
    expect(verifier.verify({ ...request, body: BODY })).toEqual(refused('SIGNATURE_MISMATCH'));
  });

  it('takes a body as a Uint8Array', () => {
    expect(verifier.verify({ ...post(), body: new Uint8Array(BODY) })).toEqual(passed);
  });
});

describe('a declared body hash', () => {
  it.each([HASH, HASH.toUpperCase(), ` ${HASH}\t`])('of %s passes', (value) => {
    expect(verifier.verify(declaring(value))).toEqual(passed);
  });

  it.each([
    '',
    'junk',
    EMPTY_HASH,
    HASH.slice(1),
    HASH + '0',
    `${HASH}, ${HASH}`,
    'g'.repeat(64),
    'unsigned-payload',
    'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  ])('of %j is refused', (value) => {
    expect(verifier.verify(declaring(value))).toEqual(refused('BODY_HASH_MISMATCH'));
  });

  it('is used as the first of the signed headers, too', () => {
    const request = signed({
      method: 'POST',
      body: BODY,
      headers: [['X-Sdk-Content-Sha256', EMPTY_HASH]],
      signedHeaders: ['x-sdk-content-sha256', 'x-sdk-date'],
    });
    expect(verifier.verify({ ...request, body: undefined })).toEqual(passed);
    expect(verifier.verify(request)).toEqual(refused('BODY_HASH_MISMATCH'));
  });

  it('is compared with the body that arrived', () => {
    expect(verifier.verify({ ...declaring(), body: undefined })).toEqual(refused('BODY_HASH_MISMATCH'));
    expect(verifier.verify({ ...declaring(EMPTY_HASH), body: undefined })).toEqual(passed);
  });

  it.each(['junk', EMPTY_HASH, 'UNSIGNED-PAYLOAD'])('is ignored if it is not signed: %s', (value) => {
    const request = withHeader(post(), 'X-Sdk-Content-Sha256', value);
    expect(verifier.verify(request)).toEqual(passed);
    expect(verifier.verify({ ...request, body: Buffer.from('another') })).toEqual(refused('SIGNATURE_MISMATCH'));
  });

  it("of UNSIGNED-PAYLOAD passes under 'accept', with a bodyVerified of false", () => {
    const request = { ...declaring('UNSIGNED-PAYLOAD'), body: Buffer.from('whatever') };
    const unverified = expect.objectContaining({ ok: true, bodyVerified: false });
    expect(verifier.verify(request)).toEqual(unverified);
    expect(verifierWith({ unsignedPayload: 'accept' }).verify(request)).toEqual(unverified);
    expect(verifierWith({ unsignedPayload: 'refuse' }).verify(request)).toEqual(refused('UNSIGNED_PAYLOAD'));
  });
});

describe('a body that is a function', () => {
  const lateBy =
    (hash: string | undefined): BodyHashSource =>
    () =>
      new Promise((resolve) => setImmediate(resolve, hash));

  it.each<[string, BodyHashSource]>([
    ['a function', () => HASH],
    ['an async function', lateBy(HASH)],
  ])('gives its hash: %s', async (_, body) => {
    expect(await verifier.verify({ ...post(), body })).toEqual(passed);
    expect(await verifier.verify({ ...declaring(), body })).toEqual(passed);
  });

  it.each<[string, BodyHashSource]>([
    ['another hash', () => EMPTY_HASH],
    ['another hash later', lateBy(EMPTY_HASH)],
    ['nothing', () => undefined],
    ['nothing later', lateBy(undefined)],
  ])('is refused, and not treated as empty, if it gives %s', async (_, body) => {
    expect(await verifier.verify({ ...post(), body })).toEqual(refused('SIGNATURE_MISMATCH'));
    expect(await verifier.verify({ ...declaring(), body })).toEqual(refused('BODY_HASH_MISMATCH'));
    if ((await body()) === undefined)
      expect(await verifier.verify({ ...signed(), body })).toEqual(refused('SIGNATURE_MISMATCH'));
    const ofNothing = await verifier.verify({ ...signed({ headers: [['X-Sdk-Content-Sha256', '']] }), body });
    expect(ofNothing).toEqual(refused('BODY_HASH_MISMATCH'));
  });

  const tooLarge = new RefusalError(refusalOf('BODY_TOO_LARGE'));
  it.each<[string, BodyHashSource, unknown]>([
    [
      'throws',
      () => {
        throw new Error('gone');
      },
      notCaptured('gone'),
    ],
    [
      'throws a text',
      () => {
        throw 'gone';
      },
      notCaptured('gone'),
    ],
    ['rejects', () => Promise.reject(new Error('gone')), notCaptured('gone')],
    ['rejects with nothing', () => Promise.reject(undefined), notCaptured('undefined')],
    [
      'throws a refusal',
      () => {
        throw tooLarge;
      },
      { ok: false, refusal: tooLarge.refusal },
    ],
    ['rejects with a refusal', () => Promise.reject(tooLarge), { ok: false, refusal: tooLarge.refusal }],
  ])('gives a refusal if it %s', async (_, body, expected) => {
    expect(await verifier.verify({ ...post(), body })).toEqual(expected);
    expect(await verifier.verify({ ...declaring(), body })).toEqual(expected);
  });

  it('gives a refusal with this status, and a reason apart from the message', () => {
    expect(tooLarge.refusal).toEqual({ code: 'BODY_TOO_LARGE', message: 'Request body too large.', status: 413 });
    expect(refusalOf('BODY_NOT_CAPTURED', { reason: 'gone' })).toEqual({
      code: 'BODY_NOT_CAPTURED',
      message: expect.stringContaining('import ApigSignatureModule.forRoot() in the root module'),
      status: 500,
      reason: 'gone',
    });
    expect(refusalOf('BODY_NOT_CAPTURED').message).not.toContain('gone');
  });

  const source = () => vi.fn(lateBy(HASH));

  it.each([
    ['a wrong signature over a declared hash', { ...declaring(), method: 'PUT' }, refused('SIGNATURE_MISMATCH')],
    [
      'a wrong signature over UNSIGNED-PAYLOAD',
      { ...declaring('UNSIGNED-PAYLOAD'), method: 'PUT' },
      refused('SIGNATURE_MISMATCH'),
    ],
    ['UNSIGNED-PAYLOAD', declaring('UNSIGNED-PAYLOAD'), expect.objectContaining({ ok: true, bodyVerified: false })],
    ['UNSIGNED-PAYLOAD between blanks', declaring('\tUNSIGNED-PAYLOAD '), expect.objectContaining({ ok: true })],
    ['junk for a hash', declaring('junk'), refused('BODY_HASH_MISMATCH')],
    ['a digit less than a hash', declaring(HASH.slice(1)), refused('BODY_HASH_MISMATCH')],
    ['a digit more than a hash', declaring(HASH + '0'), refused('BODY_HASH_MISMATCH')],
    ['an unknown key', post({ key: 'nobody' }), refused('KEY_UNKNOWN')],
    ['an absent header', post({ signedHeaders: ['x-absent'] }), refused('SIGNED_HEADER_MISSING', 'x-absent')],
    ['no date', post({ signedHeaders: ['host'] }), refused('DATE_MISSING')],
    ['an ambiguous target', post({ target: '/#' }), refused('TARGET_AMBIGUOUS')],
  ])('is not called if it changes nothing: %s', (_, request, expected) => {
    const body = source();
    expect(verifier.verify({ ...request, body })).toEqual(expected);
    expect(body).not.toHaveBeenCalled();
  });
});

describe('the result of verify()', () => {
  const asyncKeys = { keys: async (key: string) => (key === KEY ? SECRET : undefined) };

  it.each<[string, ReturnType<typeof verifier.verify>, boolean]>([
    ['keys and body are there', verifier.verify(post()), false],
    ['the body is a function', verifier.verify({ ...post(), body: () => HASH }), false],
    ['keys are a function', verifierWith({ keys: () => SECRET }).verify(post()), false],
    ['the body is an async function', verifier.verify({ ...post(), body: async () => HASH }), true],
    ['keys are an async function', verifierWith(asyncKeys).verify(post()), true],
    ['both are', verifierWith(asyncKeys).verify({ ...declaring(), body: async () => HASH }), true],
  ])('is a promise only if needed: %s', async (_, verdict, isPromise) => {
    expect(verdict instanceof Promise).toBe(isPromise);
    expect(await verdict).toEqual(passed);
  });

  it('is not a promise if an asynchronous key look-up is not needed', () => {
    const malformed = toWire({ ...draft(), send: () => ['Bearer'] });
    expect(verifierWith(asyncKeys).verify(malformed)).toEqual(refused('AUTHORIZATION_MALFORMED'));
  });
});
