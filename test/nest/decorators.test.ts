import { describe, expect, it } from 'vitest';
import { RequireApigSignature, SkipApigSignature, type RoutePolicy } from '../../src/index.js';

const OPTIONS =
  'allowedKeys, requiredSignedHeaders, signedIfPresent, contentTypes, unsignedPayload, replayProtection, bodyLimit';
const KEY_NAMES = 'expected a list of key names, not empty';
const HEADER_NAMES = 'expected a list of header names, without authorization';
const BYTES = 'expected a number of bytes, finite and not negative';
const noOption = (name: string) => `${name}: no such option; there are ${OPTIONS}`;

describe('@RequireApigSignature() with a wrong option', () => {
  it.each<[policy: unknown, message: string]>([
    [{ allowedKeys: [] }, `allowedKeys: ${KEY_NAMES}`],
    [{ allowedKeys: 'reader' }, `allowedKeys: ${KEY_NAMES}`],
    [{ requiredSignedHeaders: 'host' }, `requiredSignedHeaders: ${HEADER_NAMES}`],
    [{ requiredSignedHeaders: [''] }, `requiredSignedHeaders: ${HEADER_NAMES}`],
    [{ signedIfPresent: ['content type'] }, `signedIfPresent: ${HEADER_NAMES}`],
    [{ signedIfPresent: null }, `signedIfPresent: ${HEADER_NAMES}`],
    [{ unsignedPayload: false }, "unsignedPayload: expected 'accept' or 'refuse'"],
    [{ replayProtection: 1 }, 'replayProtection: expected true or false'],
    [{ replayStore: { reserve: () => true } }, noOption('replayStore')],
    [{ bodyLimit: NaN }, `bodyLimit: ${BYTES}`],
    [{ bodyLimit: -1 }, `bodyLimit: ${BYTES}`],
    [{ bodyLimit: Infinity }, `bodyLimit: ${BYTES}`],
    [{ bodyLimit: '1mb' }, `bodyLimit: ${BYTES}`],
    [{ allowedkeys: ['reader'] }, noOption('allowedkeys')],
    [{ keys: { reader: 'secret' } }, noOption('keys')],
    [{ clockSkew: 60 }, noOption('clockSkew')],
    [null, 'options: expected an object'],
  ])('%o throws at the decorator', (policy, message) => {
    expect(() => RequireApigSignature(policy as RoutePolicy)).toThrow(new TypeError(message));
  });
});

describe('both decorators on one target', () => {
  const [require, skip] = [RequireApigSignature(), SkipApigSignature()];
  const contradiction = new TypeError(
    '@RequireApigSignature() and @SkipApigSignature() on one target contradict each other',
  );

  it.each([
    ['require over skip', require, skip],
    ['skip over require', skip, require],
  ])('throw: %s', (_, upper, lower) => {
    const onClass = () => {
      @upper
      @lower
      class Decorated {}
      return Decorated;
    };
    const onMethod = () => {
      class Decorated {
        @upper
        @lower
        method() {
          return this;
        }
      }
      return Decorated;
    };
    expect(onClass).toThrow(contradiction);
    expect(onMethod).toThrow(contradiction);
  });

  it('are allowed on a class and a class that extends it, and on a class and its method', () => {
    const declare = () => {
      @skip
      class Base {
        @require
        method() {
          return this;
        }
      }
      @require
      class Sub extends Base {}
      return Sub;
    };
    expect(declare).not.toThrow();
  });
});
