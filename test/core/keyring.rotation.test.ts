import { beforeEach, describe, expect, it, vi } from 'vitest';
import { computeSignature } from '../../src/core/signature.js';
import { refused } from '../support/refusals.js';
import { KEY, signed, verdictOn } from '../support/signed-request.js';

// As it is, only that each call is counted: time is nothing that a test can measure.
vi.mock(import('../../src/core/signature.js'), async (original) => {
  const real = await original();
  return { ...real, computeSignature: vi.fn(real.computeSignature) };
});

const secrets = ['the newest secret', 'a newer secret', 'an old secret'];

describe.each([
  ['a record', { [KEY]: secrets }],
  ['a function', async () => Promise.resolve(secrets)],
])('whichever secret signed, every one is tried; keys from %s', (_, keys) => {
  beforeEach(() => void vi.mocked(computeSignature).mockClear());

  const tried = () => vi.mocked(computeSignature).mock.calls.map(([secret]) => secret);

  it.each([...secrets.entries()])('secret %i', async (secretIndex, secret) => {
    expect(await verdictOn(signed({ secret }), { keys })).toMatchObject({ ok: true, secretIndex });
    expect(tried()).toEqual(secrets);
  });

  it('none of them', async () => {
    expect(await verdictOn(signed({ secret: 'of somebody else' }), { keys })).toEqual(refused('SIGNATURE_MISMATCH'));
    expect(tried()).toEqual(secrets);
  });
});
