import { afterEach, beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest';
import { Hmac } from '../../../src/core/fast/hmac.js';
import { refused } from '../../support/refusals.js';
import { KEY, signed, verdictOn } from '../../support/signed-request.js';

const secrets = ['the newest secret', 'a newer secret', 'an old secret'];

describe.each([
  ['a record', { [KEY]: secrets }],
  ['a function', async () => Promise.resolve(secrets)],
])('a verifier tries every secret, whichever one signed; keys from %s', (_, keys) => {
  // Each call is counted: time is nothing that a test can measure.
  let hex: MockInstance<Hmac['hex']>;
  beforeEach(() => void (hex = vi.spyOn(Hmac.prototype, 'hex')));
  afterEach(() => hex.mockRestore());

  const tried = () => ({ calls: hex.mock.calls.length, secrets: new Set(hex.mock.contexts).size });
  const all = { calls: secrets.length, secrets: secrets.length };

  it.each([...secrets.entries()])('accepts secret %i', async (secretIndex, secret) => {
    const request = signed({ secret });
    expect(await verdictOn(request, { keys })).toMatchObject({ ok: true, secretIndex });
    expect(tried()).toEqual(all);
  });

  it('accepts none of them for another secret', async () => {
    const request = signed({ secret: 'of somebody else' });
    expect(await verdictOn(request, { keys })).toEqual(refused('SIGNATURE_MISMATCH'));
    expect(tried()).toEqual(all);
  });
});
