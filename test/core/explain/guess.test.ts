import { describe, expect, it } from 'vitest';
import { bothOf, headerGuess, partsOf, type Guess } from '../../../src/core/explain/guess.js';
import { alternately, first } from '../../../src/core/explain/iterables.js';
import { seeRequest } from '../../../src/core/explain/see-request.js';
import { DATE, KEY, SECRET, signed } from '../../support/signed-request.js';

const seen = seeRequest(
  signed({ method: 'POST', target: '/a?%3A=&0=', headers: [['X-A', 'a']] }),
  { keys: { [KEY]: SECRET } },
  'hash of the body',
)!;
const headers = (...pairs: [name: string, value: string][]) => ({ headers: new Map(pairs) });
const guessed = (guess: Guess) => [...partsOf(seen, guess)];

describe('two guesses become one', () => {
  it('with what each of them changes', () => {
    expect(bothOf({ method: 'GET' }, { canonicalUri: '/b/' })).toEqual({ method: 'GET', canonicalUri: '/b/' });
    const host = headers(['host', 'h']);
    expect(bothOf(host, { method: 'GET' })).toEqual({ ...host, method: 'GET' });
    expect(bothOf({ method: 'GET' }, host)).toEqual({ ...host, method: 'GET' });
    expect(bothOf(host, headers(['x-a', 'b']))).toEqual(headers(['host', 'h'], ['x-a', 'b']));
  });

  it('with the notes of both', () => {
    const [one, other] = [
      { method: 'GET', note: 'One.' },
      { bodyHash: 'b', note: 'Two.' },
    ];
    expect(bothOf(one, other)).toEqual({ method: 'GET', bodyHash: 'b', note: 'One. Two.' });
    expect(bothOf(one, { bodyHash: 'b' })).toEqual({ method: 'GET', bodyHash: 'b', note: 'One.' });
    expect(bothOf({ bodyHash: 'b' }, one)).toEqual({ method: 'GET', bodyHash: 'b', note: 'One.' });
  });

  it('unless both change one part of the request', () => {
    expect(bothOf({ method: 'GET', bodyHash: 'b' }, { bodyHash: 'c' })).toBeUndefined();
    expect(bothOf(headers(['host', 'h']), headers(['host', 'i'], ['x-a', 'b']))).toBeUndefined();
  });
});

describe('a guess stands for', () => {
  const asReceived = {
    method: 'POST',
    canonicalUri: '/a/',
    canonicalHeaders: `host:example.com\nx-a:a\nx-sdk-date:${DATE}\n`,
    signedHeaders: ['host', 'x-a', 'x-sdk-date'],
    bodyHash: 'hash of the body',
  };
  const [decoded, encoded] = [
    { ...asReceived, canonicalQuery: '0=&%3A=' },
    { ...asReceived, canonicalQuery: '%3A=&0=' },
  ];

  it('what was received, in each order of the query', () => {
    expect(guessed({})).toEqual([decoded, encoded]);
  });

  it('what it changes, and what was received for the rest', () => {
    const canonicalHeaders = `host:h\nx-a:a\nx-sdk-date:${DATE}\n`;
    expect(guessed({ canonicalQuery: 'q=' })).toEqual([{ ...asReceived, canonicalQuery: 'q=' }]);
    expect(guessed({ ...headers(['host', 'h']), method: 'GET', canonicalQuery: '' })).toEqual([
      { ...asReceived, method: 'GET', canonicalQuery: '', canonicalHeaders },
    ]);
    expect(guessed({ bodyHash: 'b', canonicalUri: '/b/' })[0]).toEqual({
      ...decoded,
      bodyHash: 'b',
      canonicalUri: '/b/',
    });
  });

  it('a path without its final slash', () => {
    const uris = (guess: Guess) => guessed({ ...guess, canonicalQuery: '' }).map(({ canonicalUri }) => canonicalUri);
    expect(uris({ isOpenEnded: true })).toEqual(['/a']);
    expect(uris({ isOpenEnded: true, canonicalUri: '/b/c/' })).toEqual(['/b/c']);
    expect(uris({ isOpenEnded: false })).toEqual(['/a/']);
  });

  it('nothing where a header cannot have such a value', () => {
    expect(guessed(headers(['x-a', 'a\nb']))).toEqual([]);
  });

  it('a signed header only', () => {
    expect([...headerGuess(seen, 'x-a', 'b')]).toEqual([headers(['x-a', 'b'])]);
    expect([...headerGuess(seen, 'x-b', 'b')]).toEqual([]);
  });
});

describe('lists of guesses', () => {
  function* endless() {
    for (let number = 1; ; number++) yield number;
  }

  it('give their first items, and are asked for no more', () => {
    const asked: number[] = [];
    const items = (function* () {
      for (const number of endless()) {
        asked.push(number);
        yield number;
      }
    })();
    expect([...first(3, items)]).toEqual([1, 2, 3]);
    expect(asked).toEqual([1, 2, 3]);
    expect([...first(3, [1, 2])]).toEqual([1, 2]);
  });

  it('give their items in turn, while they last', () => {
    expect([...alternately([1, 2, 3], [10], [], [20, 21])]).toEqual([1, 10, 20, 2, 21, 3]);
    expect([...alternately()]).toEqual([]);
  });
});
