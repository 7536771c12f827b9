import { createHash } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import {
  createVerifier,
  MemoryReplayStore,
  type BodyHashSource,
  type KeyLookup,
  type Policy,
  type WireRequest,
} from '../../../src/core/index.js';
import { AuthorizationCache } from '../../../src/core/fast/authorization-cache.js';
import { refusalOf, type Refusal } from '../../../src/core/refusal.js';
import { Keyring } from '../../../src/core/keys/keyring.js';
import type { VerificationSettings } from '../../../src/core/verify/head-verification.js';
import { Verification } from '../../../src/core/verify/verification.js';
import { RawHeaders } from '../../../src/core/scheme/raw-headers.js';
import { declaresUnsignedPayload } from '../../../src/core/verify/authorization-header.js';
import { received } from '../../../src/core/verify/received-request.js';
import { resolvePolicy, type ResolvedPolicy } from '../../../src/core/verify/verifier.options.js';
import { refused } from '../../support/refusals.js';
import { draft, KEY, NOW, SECRET, signed, toWire, withHeader, type Draft } from '../../support/signed-request.js';

const BODY = Buffer.from('{"a":1}');
const HASH = createHash('sha256').update(BODY).digest('hex');

const passed = expect.objectContaining({ ok: true, bodyVerified: true });
const post = (changes: Partial<Draft> = {}) => signed({ method: 'POST', body: BODY, ...changes });
const declaring = (value = HASH) => post({ headers: [['X-Sdk-Content-Sha256', value]] });

describe('a verification for several policies', () => {
  const opened = (request: WireRequest, keys: KeyLookup = () => SECRET) =>
    createVerifier({ keys, now: () => NOW }).open(received(request), request.body);

  it.each([
    [post(), HASH, passed],
    [declaring(), HASH, passed],
    [post(), undefined, refused('SIGNATURE_MISMATCH')],
    [declaring(), undefined, refused('BODY_HASH_MISMATCH')],
  ])('asks for the body once, for any answer', async (request, hash, verdict) => {
    for (const answer of [() => hash, () => Promise.resolve(hash)]) {
      const body = vi.fn<BodyHashSource>(answer);
      const verification = opened({ ...request, body });
      const verdicts = [verification.judge(resolvePolicy({})), verification.judge(resolvePolicy({}))];
      expect(await Promise.all(verdicts)).toEqual([verdict, verdict]);
      expect(await verification.judge(resolvePolicy({}))).toEqual(verdict);
      expect(body).toHaveBeenCalledOnce();
    }
  });

  it.each([
    [SECRET, passed],
    [undefined, refused('KEY_UNKNOWN')],
  ])('asks for the key once: %s', async (secret, verdict) => {
    for (const answer of [() => secret, () => Promise.resolve(secret)]) {
      const keys = vi.fn<KeyLookup>(answer);
      const verification = opened(post(), keys);
      expect(await verification.judge(resolvePolicy({}))).toEqual(verdict);
      expect(await verification.judge(resolvePolicy({}))).toEqual(verdict);
      expect(keys).toHaveBeenCalledOnce();
    }
  });

  it('does not reuse a pass under one policy for another', () => {
    const policies: (readonly [Partial<ResolvedPolicy>, unknown])[] = [
      [{}, expect.objectContaining({ ok: true, bodyVerified: false })],
      [{ unsignedPayload: 'refuse' }, refused('UNSIGNED_PAYLOAD')],
      [{ allowedKeys: ['other'] }, refused('KEY_UNKNOWN')],
      [{ requiredSignedHeaders: ['X-Absent'] }, refused('HEADER_NOT_SIGNED', 'x-absent')],
      [{ signedIfPresent: ['Authorization'] }, refused('HEADER_NOT_SIGNED', 'authorization')],
    ];
    const verification = opened(declaring('UNSIGNED-PAYLOAD'));
    for (const [policy, verdict] of [...policies, ...policies.toReversed()]) {
      expect(verification.judge(resolvePolicy(policy))).toEqual(verdict);
    }
  });

  it.each<[what: string, request: WireRequest, keys: KeyLookup, untrusted: object, signer: object | undefined]>([
    ['nothing', { ...post(), headers: [] }, () => SECRET, {}, undefined],
    ['an unknown key', post({ key: 'other\x7f' }), () => undefined, { untrustedKey: String.raw`other\x7f` }, undefined],
    ['a known key', post(), () => SECRET, { key: KEY, skew: -30 }, { key: KEY, secrets: [SECRET] }],
  ])('says what a request says about itself: %s', (_, request, keys, untrusted, signer) => {
    const verification = createVerifier({ keys, now: () => NOW + 30_000 }).open(received(request), request.body);
    expect(verification.head.signer).toBeUndefined();
    void verification.judge(resolvePolicy({}));
    expect(verification.head.untrusted).toEqual(untrusted);
    expect(verification.head.signer).toEqual(signer);
  });

  it.each([
    ['whose request was verified', post(), true],
    ['whose signature is wrong', { ...post(), method: 'PUT' }, false],
    ['whose body hash is wrong', { ...declaring(), body: Buffer.from('other') }, false],
  ])('adds an Authorization header to the cache only if it was verified completely: %s', (_, request, isCached) => {
    const authorizations = new AuthorizationCache();
    const settings: VerificationSettings = {
      keyring: new Keyring({ [KEY]: SECRET }),
      authorizations,
      clockSkew: 900,
      plusInQuery: 'space',
      encodedSlash: 'refuse',
      queryPieces: 1000,
      replayStore: () => new MemoryReplayStore(),
      now: () => NOW,
    };
    const wire = received(request);
    void new Verification(wire, request.body, settings, NOW).judge(resolvePolicy({}));
    expect(authorizations.read(wire.headers.get('authorization') as string)?.isCached).toBe(isCached);
  });

  it.each<[what: string, request: WireRequest, refusal: Refusal | undefined]>([
    ['lets the body decide if no hash is declared', { ...post(), method: 'PUT' }, undefined],
    ['compares the signature of a declared hash', { ...declaring(), method: 'PUT' }, refusalOf('SIGNATURE_MISMATCH')],
    ['lets the body decide if a declared hash was signed', declaring(), undefined],
  ])('judges without the body: %s', (_what, request, refusal) => {
    const body = vi.fn<BodyHashSource>(() => HASH);
    const verification = opened({ ...request, body });
    expect(verification.judgeWithoutBody(resolvePolicy({}))).toEqual(refusal);
    const policy = resolvePolicy({ allowedKeys: ['other'] });
    expect(verification.judgeWithoutBody(policy)).toEqual(refusalOf('KEY_UNKNOWN'));
    expect(body).not.toHaveBeenCalled();
  });

  it.each<[policy: Policy, request: WireRequest, isAllowed: boolean]>([
    [{}, post(), true],
    [{ allowedKeys: [KEY] }, post(), true],
    [{ allowedKeys: ['other'] }, post(), false],
    [{}, { ...post(), headers: [] }, false],
  ])('says whether a policy allows the key that the request names: %o', (policy, request, isAllowed) => {
    expect(opened(request).head.namesAllowedKey(policy)).toBe(isAllowed);
  });

  it('refuses a request that is ambiguous for a reason other than its target', () => {
    const request = { ...received(post()), ambiguity: 'two hosts' } as const;
    const verification = createVerifier({ keys: { [KEY]: SECRET }, now: () => NOW }).open(request, BODY);
    expect(verification.judge(resolvePolicy({}))).toEqual(refused('TARGET_AMBIGUOUS', '', 'two hosts'));
  });

  it('measures the age of the request at its arrival, even if it is judged later', () => {
    const now = vi
      .fn(() => NOW)
      .mockReturnValueOnce(NOW)
      .mockReturnValue(NOW + 1e9);
    const verification = createVerifier({ keys: { [KEY]: SECRET }, now }).open(received(post()), BODY);
    expect(verification.judge(resolvePolicy({}))).toEqual(passed);
    expect(verification.judge(resolvePolicy({}))).toEqual(passed);
  });
});

describe('declaresUnsignedPayload', () => {
  const value = 'UNSIGNED-PAYLOAD';
  const name = 'x-sdk-content-sha256';
  const twice: Draft['headers'] = [
    [name, value],
    [name, value],
  ];

  it.each<[string, ReturnType<typeof post>, boolean]>([
    ['signed', declaring(value), true],
    ['between blanks', declaring(` ${value}\t`), true],
    ['under a wrong signature', { ...declaring(value), method: 'PUT' }, true],
    ['not signed', withHeader(post(), name, value), false],
    ['in another case', declaring(value.toLowerCase()), false],
    ['as a body hash', declaring(), false],
    ['not at all', post({ signedHeaders: [name, 'x-sdk-date'] }), false],
    ['twice', post({ headers: twice }), false],
    ['without Authorization', toWire({ ...draft({ headers: [[name, value]] }), send: () => [] }), false],
    ['under a malformed Authorization', toWire({ ...draft({ headers: [[name, value]] }), send: () => [''] }), false],
  ])('says whether the verifier needs no body hash: %s', async (_, request, declares) => {
    expect(declaresUnsignedPayload(RawHeaders.of(request.headers))).toBe(declares);
    const body = vi.fn(() => HASH);
    await createVerifier({ keys: { [KEY]: SECRET }, now: () => NOW }).verify({ ...request, body });
    if (declares) expect(body).not.toHaveBeenCalled();
  });
});
