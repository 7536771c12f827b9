import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createVerifier, type KeyLookup, type Verdict } from '../../../src/core/index.js';
import { Keyring } from '../../../src/core/keys/keyring.js';
import { refused } from '../../support/refusals.js';
import { watchNames } from '../../support/retained-names.js';
import { draft, KEY, NOW, SECRET, signed, toWire, verdictOn } from '../../support/signed-request.js';

const passed = expect.objectContaining({ ok: true, key: KEY, secretIndex: 0 });

/** The reason is for the log: what the caller is told does not change with it. */
const unavailable = (reason: string) => ({
  ok: false,
  refusal: { code: 'KEYS_UNAVAILABLE', message: 'Signing keys are unavailable.', status: 503, reason },
});
const NO_SECRET = unavailable('keys() gave neither a non-empty string, nor a non-empty list of them');

const inTurn: readonly [string, (lookup: (key: string) => unknown) => KeyLookup][] = [
  ['sync', (lookup) => lookup as KeyLookup],
  ['async', (lookup) => async (key) => (await Promise.resolve(), lookup(key)) as string],
  [
    'thenable',
    (lookup) => (key) => ({ then: (done: (found: unknown) => void) => done(lookup(key)) }) as unknown as string,
  ],
];

describe.each(inTurn)('a key function (%s)', (_kind, wrap) => {
  const verdictWith = (lookup: (key: string) => unknown) => verdictOn(signed(), { keys: wrap(lookup) });
  const ordinary: Record<string, string> = {};

  it.each<[string, unknown, unknown]>([
    ['a secret', SECRET, passed],
    ['a list of secrets', [SECRET], passed],
    ['another secret', 'another', refused('SIGNATURE_MISMATCH')],
    ['undefined', undefined, refused('KEY_UNKNOWN')],
    ['null', null, refused('KEY_UNKNOWN')],
    ['an empty text', '', NO_SECRET],
    ['a text of NUL characters only, which is an empty key to HMAC', '\0', NO_SECRET],
    ['a member of the prototype of objects', ordinary.constructor, NO_SECRET],
    ['a function', () => SECRET, NO_SECRET],
    ['a number', 0, NO_SECRET],
    ['false', false, NO_SECRET],
    ['an object', { secret: SECRET }, NO_SECRET],
    ['bytes', Buffer.from(SECRET), NO_SECRET],
    ['an empty list', [], NO_SECRET],
    ['a list with an empty text', [SECRET, ''], NO_SECRET],
    ['a list with a number', [SECRET, 1], NO_SECRET],
    ['a list in a list', [[SECRET]], NO_SECRET],
  ])('gives %s', async (_, found, expected) => {
    expect(await verdictWith(() => found)).toEqual(expected);
  });

  it('gets the key as it was sent', async () => {
    const lookup = vi.fn(() => SECRET);
    await verdictWith(lookup);
    expect(lookup.mock.calls).toEqual([[KEY]]);
  });

  it.each<[string, unknown, string]>([
    ['an error', new Error('vault sealed'), 'keys() failed: vault sealed'],
    ['a text', 'vault sealed', 'keys() failed: vault sealed'],
    ['nothing', undefined, 'keys() failed: undefined'],
  ])('fails with %s', async (_, problem, reason) => {
    const verdict = verdictWith(() => {
      throw problem;
    });
    expect(await verdict).toEqual(unavailable(reason));
  });
});

describe('the verifier', () => {
  it.each(['x'.repeat(129), 'a\tb', 'a\x7f', 'a\x00', 'caf\xe9', '\u0141', '\n'])(
    'does not look up the name %j',
    (key) => {
      const keys = vi.fn(() => SECRET);
      expect(verdictOn(signed({ key }), { keys })).toEqual(refused('KEY_UNKNOWN'));
      expect(keys).not.toHaveBeenCalled();
    },
  );

  it('does not look up a key that the route does not allow', () => {
    const keys = vi.fn(() => SECRET);
    expect(verdictOn(signed(), { keys, allowedKeys: ['other'] })).toEqual(refused('KEY_UNKNOWN'));
    expect(keys).not.toHaveBeenCalled();
  });

  it.each(['x'.repeat(128), ' ~', '!'])('looks up the name %j', (key) => {
    expect(verdictOn(signed({ key }), { keys: () => SECRET })).toMatchObject({ ok: true, key });
  });
});

describe('a key with several secrets', () => {
  const secrets = ['newest', 'newer', 'old'];

  it.each([...secrets.entries()])('%i: %s signs, and the verdict says which secret it was', (secretIndex, secret) => {
    expect(verdictOn(signed({ secret }), { keys: { [KEY]: secrets } })).toMatchObject({ ok: true, secretIndex });
    expect(verdictOn(signed({ secret }), { keys: () => secrets })).toMatchObject({ ok: true, secretIndex });
  });

  it('reports the first index of a repeated secret', () => {
    expect(verdictOn(signed(), { keys: { [KEY]: ['newest', SECRET, SECRET] } })).toMatchObject({ secretIndex: 1 });
  });

  it('does not accept the secret of another key', () => {
    const keys = { [KEY]: secrets, other: 'other secret' };
    expect(verdictOn(signed({ secret: 'other secret' }), { keys })).toEqual(refused('SIGNATURE_MISMATCH'));
  });

  it('finds its secret in each order of the query', () => {
    const request = signed({ secret: 'old', target: '/?0&:', dialect: { order: 'encoded', plus: 'space' } });
    expect(verdictOn(request, { keys: { [KEY]: secrets } })).toMatchObject({ ok: true, secretIndex: 2 });
  });
});

describe('keysWithSecretsThat()', () => {
  it('names keys by their position, because a name may be a secret by mistake', () => {
    const keyring = new Keyring({ a: 'x'.repeat(16), b: 'x'.repeat(15), c: ['y'.repeat(16), 'y'] });
    const isShort = (secret: string) => secret.length < 16;
    expect(keyring.keysWithSecretsThat(isShort)).toEqual(['key 2 of 3', 'key 3 of 3']);
    expect(new Keyring(() => 'x').keysWithSecretsThat(isShort)).toEqual([]);
  });
});

it('knownSecrets() gives the secrets that need no look-up, by key', () => {
  expect(new Keyring({ a: 'b', c: ['d', 'e'] }).knownSecrets()).toEqual(
    new Map(Object.entries({ a: ['b'], c: ['d', 'e'] })),
  );
  expect(new Keyring(() => 'b').knownSecrets()).toEqual(new Map());
});

it('isKnownSecret() says whether a text is a secret that needs no look-up', () => {
  const keyring = new Keyring({ a: 'b', c: ['d', 'e'] });
  expect(['a', 'b', 'c', 'd', 'e', 'f'].filter((text) => keyring.isKnownSecret(text))).toEqual(['b', 'd', 'e']);
  expect(new Keyring(() => 'b').isKnownSecret('b')).toBe(false);
});

describe('running look-ups', () => {
  /** Answers when the test says so. */
  function slowKeys() {
    const answers: ((secret: string | Error) => void)[] = [];
    const keys = vi.fn(
      (_key: string) =>
        new Promise<string>((resolve, reject) => {
          answers.push((answer) => (answer instanceof Error ? reject(answer) : resolve(answer)));
        }),
    );
    const verifier = createVerifier({ keys, now: () => NOW });
    return { keys, answers, verify: (key: string) => verifier.verify(toWire({ ...draft(), key })) };
  }

  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('share one call for one key, and end when it answers', async () => {
    const { keys, answers, verify } = slowKeys();
    const verdicts = [verify(KEY), verify(KEY), verify('other'), verify(KEY)];
    expect(keys.mock.calls).toEqual([[KEY], ['other']]);
    answers.forEach((answer) => answer(SECRET));
    expect(await Promise.all(verdicts)).toMatchObject(Array(4).fill({ ok: true }));
    expect(vi.getTimerCount()).toBe(0);
    void verify(KEY);
    expect(keys).toHaveBeenCalledTimes(3);
  });

  it('share a failure, which is not kept', async () => {
    const { keys, answers, verify } = slowKeys();
    const verdicts = [verify(KEY), verify(KEY)];
    answers[0]!(new Error('down'));
    expect(await Promise.all(verdicts)).toEqual(Array(2).fill(unavailable('keys() failed: down')));
    const again = verify(KEY);
    answers[1]!(SECRET);
    expect(await again).toEqual(passed);
    expect(keys).toHaveBeenCalledTimes(2);
  });

  it('end after 5 s without an answer, and ignore a late answer', async () => {
    const { answers, verify } = slowKeys();
    const settled = vi.fn();
    const verdict = Promise.resolve(verify(KEY)).finally(settled);
    await vi.advanceTimersByTimeAsync(4999);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(await verdict).toEqual(unavailable('keys() gave no answer in 5 s'));
    answers[0]!(new Error('late'));
    const again = verify(KEY);
    answers[1]!(SECRET);
    expect(await again).toEqual(passed);
  });

  it('are at most 1,000, for any keys', async () => {
    const { keys, answers, verify } = slowKeys();
    const verdicts: (Verdict | Promise<Verdict>)[] = Array.from({ length: 1000 }, (_, at) => verify(`key${at}`));
    expect(verify('one more')).toEqual(unavailable('1000 look-ups are under way'));
    verdicts.push(verify('key0'));
    expect(keys).toHaveBeenCalledTimes(1000);
    answers.forEach((answer) => answer(SECRET));
    expect(await Promise.all(verdicts)).toMatchObject(Array(1001).fill({ ok: true }));
    const oneMore = verify('one more');
    answers[1000]!(SECRET);
    expect(await oneMore).toMatchObject({ ok: true, key: 'one more' });
  });
});

describe('unknown keys leave no name in memory:', () => {
  const MILLION = 1_000_000;
  const down = new Error('down');
  const strangers = (count: number, from = 0) => Array.from({ length: count }, (_, at) => `stranger${from + at}`);
  const isStranger = (name: string) => name.startsWith('stranger');

  it.each<[string, ConstructorParameters<typeof Keyring>[0]]>([
    ['a record', { [KEY]: SECRET }],
    ['a function', () => undefined],
    [
      'a function that fails',
      () => {
        throw down;
      },
    ],
  ])('a million of them, with keys from %s', (_, keys) => {
    const retained = watchNames(isStranger);
    const keyring = new Keyring(keys);
    for (const name of strangers(MILLION)) void keyring.secretsOf(name);
    expect(retained()).toBe(0);
  });

  it.each<[string, () => Promise<undefined>]>([
    ['answers', () => Promise.resolve(undefined)],
    ['fails', () => Promise.reject(down)],
  ])('a hundred thousand of them, with keys from an asynchronous function that %s', async (_, keys) => {
    const retained = watchNames(isStranger);
    const keyring = new Keyring(keys);
    for (let from = 0; from < MILLION / 10; from += 1000) {
      const answers = strangers(1000, from).map((name) => keyring.secretsOf(name));
      expect(retained()).toBe(1000);
      await Promise.all(answers);
      expect(retained()).toBe(0);
    }
  });

  it('some thousands of them, in a verifier', async () => {
    const retained = watchNames(isStranger);
    const verifier = createVerifier({ keys: async () => Promise.resolve(undefined), now: () => NOW });
    for (const key of strangers(5000)) {
      expect(await verifier.verify(toWire({ ...draft(), key }))).toEqual(refused('KEY_UNKNOWN'));
    }
    expect(retained()).toBe(0);
  });
});
