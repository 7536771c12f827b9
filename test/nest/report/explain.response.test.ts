import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ApigSignatureOptions } from '../../../src/index.js';
import { catchAll } from '../../support/catch-all.js';
import { forward, KEYS, SECRET, withHeader } from '../../support/gateway.js';
import { send } from '../../support/http-client.js';
import { platforms, startForTest, type Platform } from '../../support/platforms.js';
import { RecordedLog } from '../../support/recorded-log.js';
import { unauthorized } from '../../support/refused-replies.js';

const mismatch = unauthorized('SIGNATURE_MISMATCH');
const stripped = () => ({ ...forward({ target: '/api/users' }), target: '/users' });

async function start(platform: Platform, options: ApigSignatureOptions = {}) {
  const logger = new RecordedLog();
  const module = catchAll({ keys: KEYS, explain: 'response', ...options });
  return { logger, ...(await startForTest(platform, module, { logger })) };
}

/** The header's text. */
const explained = ({ headers }: { readonly headers: Readonly<Record<string, unknown>> }) => {
  const value = headers['x-apig-explain'] as string | undefined;
  return value === undefined ? undefined : decodeURIComponent(value);
};

describe.each(platforms)("with explain: 'response', on $name", (platform) => {
  afterEach(() => void vi.restoreAllMocks());

  it('the 401 has the text of the log', async () => {
    const { logger, port } = await start(platform);
    const reply = await send(port, stripped());
    expect(reply).toMatchObject(mismatch);
    const text = explained(reply);
    expect(text).toMatch(/^PATH_PREFIX_STRIPPED: A prefix was taken off the path .* Signed: path "\/api\/users\/"/);
    expect(await logger.lineWith('SIGNATURE_MISMATCH')).toContain(`because of ${text}\n`);
  });

  it('the 401 names suspects, and a date in local time', async () => {
    const { port } = await start(platform);
    const via = withHeader(forward({ headers: [['Via', '1.1 a']] }), 'Via', '2 b');
    expect(explained(await send(port, via))).toMatch(/often change these signed headers: via\./);
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 1000);
    const local = await send(port, forward({}, { date: Date.now() + 8 * 3600_000 }));
    expect(local).toMatchObject(unauthorized('SIGNATURE_EXPIRED'));
    expect(explained(local)).toMatch(/^LOCAL_TIME: .* UTC\+08:00\./);
  });

  it('one request a second is explained, and the others say that they were left out', async () => {
    const { port } = await start(platform);
    vi.spyOn(performance, 'now').mockReturnValue(5000);
    expect(explained(await send(port, stripped()))).toMatch(/^PATH_PREFIX_STRIPPED/);
    expect(explained(await send(port, stripped()))).toBe('Left out: one request a second is explained.');
  });

  it('the header is printable, at most 2 KB, and not cut in an escape', async () => {
    const { port } = await start(platform);
    const names = Array.from({ length: 8 }, (_, at) => `X-Forwarded-${at}${'%'.repeat(100)}`);
    for (let blanks = 0; blanks < 3; blanks++) {
      vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 1000);
      const headers = names.map((name) => [name + 'a'.repeat(blanks), 'a'] as const);
      const reply = await send(port, forward({ headers }, { secret: 'of nobody' }));
      const value = String(reply.headers['x-apig-explain']);
      expect(value).toMatch(/^[\x21-\x7e]+$/);
      expect(value.length).toBeLessThanOrEqual(2048);
      expect(value.length).toBeGreaterThan(2040);
      expect(explained(reply)).toMatch(/^No cause found\./);
    }
  });

  it('other responses do not have the header, and no response has the secret', async () => {
    const { port } = await start(platform);
    for (const request of [forward(), withHeader(forward(), 'Authorization'), forward({}, { key: 'nobody' })]) {
      expect((await send(port, request)).headers).not.toHaveProperty('x-apig-explain');
    }
    const told = forward({ target: `/${encodeURIComponent(SECRET)}`, headers: [['X-A', SECRET]] });
    const reply = await send(port, { ...told, method: 'DELETE' });
    expect(explained(reply)).toMatch(/^METHOD_REWRITTEN/);
    expect(JSON.stringify(reply.headers)).not.toContain(SECRET);
  });

  it('responses do not have the header in mode report, or with explain: true', async () => {
    for (const options of [{ mode: 'report' }, { explain: true }] as const) {
      const { logger, port } = await start(platform, options);
      expect((await send(port, stripped())).headers).not.toHaveProperty('x-apig-explain');
      expect(await logger.lineWith('because of')).toContain('PATH_PREFIX_STRIPPED');
    }
  });
});

describe.each(platforms)("explain: 'response' at the start, on $name", (platform) => {
  afterEach(() => void vi.unstubAllEnvs());

  it.each(['production', 'staging', '', undefined])('is refused under NODE_ENV %j', async (environment) => {
    vi.stubEnv('NODE_ENV', environment);
    await expect(start(platform)).rejects.toThrow(
      new TypeError(
        "explain: 'response' tells callers what the server compares, so it needs NODE_ENV=development or NODE_ENV=test",
      ),
    );
    await expect(start(platform, { explain: true })).resolves.toBeDefined();
  });

  it.each(['development', 'test'])('is accepted under NODE_ENV %s', async (environment) => {
    vi.stubEnv('NODE_ENV', environment);
    await expect(start(platform)).resolves.toBeDefined();
  });
});
