import { describe, expect, it } from 'vitest';
import { explainMismatch, type RequestToExplain } from '../../../src/core/index.js';
import { KEY, SECRET, signed, withHeader } from '../../support/signed-request.js';

const explain = (request: RequestToExplain, pathPrefix?: string) =>
  explainMismatch(request, { keys: { [KEY]: SECRET }, pathPrefix });

/** What was signed for one path, and came with another. */
const came = (target: string, signedFor: string) => ({ ...signed({ target: signedFor }), target });

describe('an explanation with the option pathPrefix', () => {
  it('says that the signature matches if the prefix was removed', () => {
    expect(explain(came('/orders?a=1', '/api/orders?a=1'), '/api')).toMatchObject({
      matches: true,
      canonicalRequest: expect.stringMatching(/^GET\|\/api\/orders\/\|a=1\|/),
    });
  });

  it.each([
    ['it is still on the path', '/api/orders', '/api/orders'],
    ['the gateway signs no prefix', '/orders', '/orders'],
  ])('names the option as the cause if %s', (_, target, signedFor) => {
    const { cause, signed: was } = explain(came(target, signedFor), '/api');
    expect(cause?.code).toBe('PATH_PREFIX_ADDED');
    expect(cause?.text).toContain('no proxy took the prefix of the option pathPrefix off');
    expect(cause?.text).toContain('Remove the option pathPrefix');
    expect(was).toMatch(new RegExp(`^GET\\|${signedFor}/\\|`));
  });

  it('proves another cause if the prefix is right', () => {
    const replaced = withHeader(
      withHeader(came('/orders', '/api/orders'), 'X-Forwarded-Host', 'example.com'),
      'Host',
      'internal:3000',
    );
    expect(explain(replaced, '/api').cause?.code).toBe('HOST_REPLACED');
  });

  it('proves two causes together: the prefix still on the path, and another Host', () => {
    const replaced = withHeader(
      withHeader(came('/api/orders', '/api/orders'), 'X-Forwarded-Host', 'example.com'),
      'Host',
      'internal:3000',
    );
    const { cause } = explain(replaced, '/api');
    expect(cause?.text).toContain('Two things together.');
    expect(cause?.text).toContain('Remove the option pathPrefix');
    expect(cause?.text).toContain('Host was replaced');
  });

  it.each(['api', '/api/', '/a/../b', ''])('throws a TypeError for the prefix %j', (pathPrefix) => {
    expect(() => explain(signed(), pathPrefix)).toThrow(/^pathPrefix: expected a prefix such as '\/api'/);
  });
});
