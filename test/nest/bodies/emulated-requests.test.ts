import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { accepted, echoModule, streamed } from '../../support/echo.controller.js';
import { altered, forward } from '../../support/gateway.js';
import { send } from '../../support/http-client.js';
import { emulated } from '../../support/injection.js';
import { mountForTest, platforms } from '../../support/platforms.js';
import { unauthorized } from '../../support/refused-replies.js';

const BODY = Buffer.from('all that was signed');
const post = forward({ method: 'POST', target: '/echo', body: BODY });
const get = forward({ target: '/echo' });

/** The bytes in a class of another realm, as code under Jest gives them. */
const foreign = (bytes: Buffer) => runInNewContext('Uint8Array.from(bytes)', { bytes: [...bytes] }) as Uint8Array;

describe.each(platforms)('a request on $name with chunks that other code pushes', (platform) => {
  const start = (chunks: readonly unknown[]) =>
    mountForTest(platform, echoModule(), (listener) => (incoming, response) => {
      incoming.resume();
      listener(emulated(incoming, chunks), response);
    });

  it('has no body if it only pushes undefined, as in Node', async () => {
    const { port } = await start([undefined]);
    expect(await send(port, get)).toMatchObject(accepted(streamed('')));
    expect(await send(port, { ...get, target: '/echo?a' })).toMatchObject(unauthorized('SIGNATURE_MISMATCH'));
  });

  it('ignores undefined between other chunks', async () => {
    const { port } = await start([undefined, BODY.subarray(0, 5), undefined, BODY.subarray(5), undefined]);
    expect(await send(port, post)).toMatchObject(accepted(streamed(BODY)));
    expect(await send(port, get)).toMatchObject(unauthorized('SIGNATURE_MISMATCH'));
  });

  it.each([
    ['in one chunk', [foreign(BODY)]],
    ['in two chunks', [foreign(BODY.subarray(0, 5)), foreign(BODY.subarray(5))]],
  ])('accepts bytes of another realm, %s', async (_, chunks) => {
    expect(chunks[0]).not.toBeInstanceOf(Uint8Array);
    const { port } = await start(chunks);
    expect(await send(port, post)).toMatchObject(accepted(streamed(BODY)));
    expect(await send(port, altered(post))).toMatchObject(accepted(streamed(BODY)));
    expect(await send(port, get)).toMatchObject(unauthorized('SIGNATURE_MISMATCH'));
  });
});
