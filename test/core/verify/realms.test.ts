import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { createVerifier, type BodyHashSource, type KeyLookup, type ReplayStore } from '../../../src/core/index.js';
import { sha256Hex } from '../../../src/core/scheme/signature.js';
import { KEY, NOW, SECRET, signed } from '../../support/signed-request.js';

/** Values of another realm, as Jest gives its tests: no instance of this realm's classes. */
const promiseOf = (value: unknown) => runInNewContext('Promise.resolve(value)', { value }) as Promise<never>;
const rejection = () => runInNewContext("Promise.reject(new Error('vault sealed'))") as Promise<never>;
const error = runInNewContext("new Error('vault sealed')") as Error;

const BODY = Buffer.from('{"a":1}');
const request = signed({ method: 'POST', body: BODY });
const passed = { ok: true, key: KEY };
const refusedFor = (code: string, reason: string) => ({ ok: false, refusal: { code, reason } });

it('the values of these tests belong to another realm', () => {
  expect([promiseOf(1) instanceof Promise, error instanceof Error]).toEqual([false, false]);
});

describe('a promise of another realm', () => {
  it.each<[what: string, keys: KeyLookup, verdict: object]>([
    ['gives secrets', () => promiseOf(SECRET), passed],
    ['rejects', rejection, refusedFor('KEYS_UNAVAILABLE', 'keys() failed: vault sealed')],
  ])('from keys() %s', async (_, keys, verdict) => {
    expect(await createVerifier({ keys, now: () => NOW }).verify(request)).toMatchObject(verdict);
  });

  it.each<[what: string, body: BodyHashSource, verdict: object]>([
    ['gives the hash', () => promiseOf(sha256Hex(BODY)), passed],
    ['rejects', rejection, refusedFor('BODY_NOT_CAPTURED', 'vault sealed')],
  ])('from a body %s', async (_, body, verdict) => {
    const verifier = createVerifier({ keys: { [KEY]: SECRET }, now: () => NOW });
    expect(await verifier.verify({ ...request, body })).toMatchObject(verdict);
  });

  it.each<[what: string, reserve: ReplayStore['reserve'], verdict: object]>([
    ['says that a signature is new', () => promiseOf(true), passed],
    ['says that a signature was seen', () => promiseOf(false), { ok: false, refusal: { code: 'REPLAYED' } }],
    ['rejects', rejection, refusedFor('REPLAY_STORE_UNAVAILABLE', 'replayStore failed: vault sealed')],
  ])('from a replay store %s', async (_, reserve, verdict) => {
    const replay = { replayProtection: true, replayStore: { reserve } };
    const verifier = createVerifier({ keys: { [KEY]: SECRET }, now: () => NOW, ...replay });
    expect(await verifier.verify(request)).toMatchObject(verdict);
  });
});

describe('an error of another realm', () => {
  const fail = () => {
    throw error;
  };

  it('from keys() gives its message to the reason', async () => {
    const verdict = await createVerifier({ keys: fail, now: () => NOW }).verify(request);
    expect(verdict).toMatchObject(refusedFor('KEYS_UNAVAILABLE', 'keys() failed: vault sealed'));
  });

  it('from a body gives its message to the reason', async () => {
    const verdict = await createVerifier({ keys: { [KEY]: SECRET }, now: () => NOW }).verify({
      ...request,
      body: fail,
    });
    expect(verdict).toMatchObject(refusedFor('BODY_NOT_CAPTURED', 'vault sealed'));
  });
});
