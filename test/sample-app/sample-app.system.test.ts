import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SignOptions } from '../../src/core/index.js';
import { altered, forward as forwardWith, withHeader, type RequestToForward } from '../support/gateway.js';
import { send, type RequestToSend } from '../support/http-client.js';
import { paste } from '../support/paste.js';
import { unauthorized } from '../support/refused-replies.js';
import { failToStart, startSample, type RunningSample } from './sample.process.js';

/** The gateway, which knows the first sample key. */
const forward = (request?: RequestToForward, options: Partial<SignOptions> = {}) =>
  forwardWith(request, { key: 'signature_key1', secret: 'signature_secret1', ...options });

const unsign = (request: RequestToSend) => withHeader(request, 'Authorization');

const FILE_FIELD = 'name="file"; filename="a.bin"';

/** A form as a browser sends it, with one field in it. */
function form(content: Uint8Array, field = FILE_FIELD): RequestToForward {
  return {
    method: 'POST',
    target: '/upload',
    headers: [['Content-Type', 'multipart/form-data; boundary=edge']],
    body: Buffer.concat([
      Buffer.from(`--edge\r\nContent-Disposition: form-data; ${field}\r\n\r\n`),
      content,
      Buffer.from('\r\n--edge--\r\n'),
    ]),
  };
}

describe.each(['express', 'fastify'])('the sample on %s', (ADAPTER) => {
  let sample: RunningSample;

  beforeAll(async () => {
    sample = await startSample({ ADAPTER });
  });
  afterAll(() => sample.stop());

  it('prints a signed GET and a signed POST that work when they are pasted into a shell', () => {
    expect(sample.curls.map((command) => /^curl -X (\w+) /.exec(command)?.[1])).toEqual(['GET', 'POST']);
    expect(sample.curls.map(paste)).toEqual(['Hello World! 200', 'Hello World! 200']);
  });

  it('refuses these requests if they were changed', () => {
    const [get, post] = sample.curls as [string, string];
    const changed = [
      get.replace(/\/hello$/, '/hullo'),
      get.replace('-X GET', '-X DELETE'),
      post.replace('"hi"', '"ho"'),
    ];
    for (const command of changed) {
      expect(paste(command)).toBe(
        '{"statusCode":401,"error":"Unauthorized","message":"Verify authroization failed.",' +
          '"code":"SIGNATURE_MISMATCH"} 401',
      );
    }
  });

  it.each(['GET', 'POST', 'PUT', 'DELETE'])('answers a signed %s', async (method) => {
    const body = method === 'GET' ? undefined : '{"n":1}';
    const request = forward({ method, target: '/42?q=1', headers: [['Content-Type', 'application/json']], body });
    expect(await send(sample.port, request)).toMatchObject({ status: 200, text: 'Hello World!' });
  });

  it('accepts the other sample key, too', async () => {
    const options = { key: 'signature_key2', secret: 'signature_secret2' };
    const reply = await send(sample.port, forward({ target: '/42' }, options));
    expect(reply).toMatchObject({ status: 200, text: 'Hello World!' });
  });

  it('refuses an unsigned request on a route with the guard and on one under the global guard', async () => {
    const unsigned = [{ target: '/42' }, form(Buffer.from('x'))].map((request) => unsign(forward(request)));
    for (const request of unsigned) {
      expect(await send(sample.port, request)).toMatchObject(unauthorized('AUTHORIZATION_MISSING'));
    }
  });

  const types = ['application/json', 'application/x-www-form-urlencoded', 'text/plain'];
  // Fastify itself has no parser for other types, and answers 415 before the guard.
  if (ADAPTER === 'express') types.push('application/octet-stream', 'application/xml');
  const unsigned = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].flatMap((method) =>
    types.map((type) => [method, type] as const),
  );

  it.each(unsigned)('answers a %s of %s that is signed over host;x-sdk-date only', async (method, type) => {
    const request: RequestToForward = { method, target: '/42', headers: [['Content-Type', type]], body: '{"n":"one"}' };
    const signed = forward(request, { signedHeaders: ['host', 'x-sdk-date'] });
    expect(await send(sample.port, signed)).toMatchObject({ status: 200, text: 'Hello World!' });
    expect(await send(sample.port, altered(signed, 7))).toMatchObject(unauthorized('SIGNATURE_MISMATCH'));
  });

  it('takes an order only as JSON if the gateway signs host;x-sdk-date only', async () => {
    const order = (type: string, signedHeaders = ['host', 'x-sdk-date']) =>
      forward(
        { method: 'POST', target: '/orders', headers: [['Content-Type', type]], body: '{"item":"tea"}' },
        { signedHeaders },
      );
    const json = order('application/json');
    expect(await send(sample.port, json)).toMatchObject({ status: 201, text: '{"ordered":"tea"}' });
    const asForm = withHeader(json, 'Content-Type', 'application/x-www-form-urlencoded');
    expect((await send(sample.port, asForm)).text).toContain('"HEADER_NOT_SIGNED"');
    // A form that the gateway signed as one is not a change on the way.
    const form = order('application/x-www-form-urlencoded', ['content-type', 'host', 'x-sdk-date']);
    expect((await send(sample.port, form)).status).toBe(201);
  });

  it('takes an upload that is signed over host;x-sdk-date only', async () => {
    const request = forward(form(Buffer.from('bytes')), { signedHeaders: ['host', 'x-sdk-date'] });
    expect(await send(sample.port, request)).toMatchObject({ status: 201 });
  });

  it('is open on /health', async () => {
    const reply = await send(sample.port, unsign(forward({ target: '/health' })));
    expect(reply).toMatchObject({ status: 200, text: '{"status":"ok"}' });
  });

  it('takes a whole upload', async () => {
    const file = randomBytes(3 * 2 ** 20);
    const sha256 = createHash('sha256').update(file).digest('hex');
    const reply = await send(sample.port, forward(form(file)));
    const uploaded = { name: 'a.bin', bytes: file.length, sha256, key: 'signature_key1', bodyVerified: true };
    expect(reply).toMatchObject({ status: 201, text: JSON.stringify(uploaded) });
  });

  it('refuses an upload that was changed on the way', async () => {
    const reply = await send(sample.port, altered(forward(form(randomBytes(2 ** 20))), 2 ** 19));
    expect(reply).toMatchObject(unauthorized('SIGNATURE_MISMATCH'));
  });

  it.each<[string, RequestToForward, message: string]>([
    ['an upload without a file', form(Buffer.from('x'), 'name="note"'), 'File is required'],
    ['a file in another field', form(Buffer.from('x'), 'name="other"; filename="a.bin"'), 'Unexpected file field'],
    ['a form cut short', { ...form(Buffer.from('x')), body: '--edge\r\nContent' }, 'Unexpected end of form'],
  ])('names the problem with %s', async (_, request, message) => {
    const reply = await send(sample.port, forward(request));
    expect(reply).toMatchObject({ status: 400, text: expect.stringContaining(message) as unknown });
  });

  it('takes an unsigned body up to its own limit, and says that it is not verified', async () => {
    const upload = (bytes: number) => {
      const { headers = [], ...others } = form(Buffer.alloc(bytes));
      return forward({ ...others, headers: [...headers, ['X-Sdk-Content-Sha256', 'UNSIGNED-PAYLOAD']] });
    };
    expect(await send(sample.port, upload(20 * 2 ** 20))).toMatchObject({
      status: 201,
      text: expect.stringMatching(/"bytes":20971520,.*"bodyVerified":false/) as unknown,
    });
    expect(await send(sample.port, upload(33 * 2 ** 20))).toMatchObject({
      status: 413,
      text: expect.stringContaining('File too large') as unknown,
    });
  });

  it('warns that its keys are samples', () => {
    expect(sample.output).toContain('Sample keys from sample-app/.env: listening on 127.0.0.1 only.');
    for (const key of ['key 1 of 2', 'key 2 of 2']) {
      expect(sample.output).toContain(`APIG_SIGNATURE_KEYS: ${key} uses a published sample secret`);
    }
  });
});

/** Whether a connection to the port can be made from elsewhere: 127.0.0.2 is local, and not 127.0.0.1. */
function isReachable(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.2', port, timeout: 2000 });
    for (const [event, answer] of [
      ['connect', true],
      ['error', false],
      ['timeout', false],
    ] as const) {
      socket.once(event, () => {
        socket.destroy();
        resolve(answer);
      });
    }
  });
}

describe.each(['express', 'fastify'])('the sample on %s, with keys of its own', (ADAPTER) => {
  const SECRET = "it's mine: $HOME & `ls`";
  const APIG_SIGNATURE_KEYS = JSON.stringify({ "o'key": [SECRET, 'the secret before it'] });
  let [withSamples, sample] = [] as unknown as [RunningSample, RunningSample];

  beforeAll(async () => {
    withSamples = await startSample({ ADAPTER });
    sample = await startSample({ ADAPTER, APIG_SIGNATURE_KEYS });
  });
  afterAll(async () => {
    await withSamples.stop();
    await sample.stop();
  });

  it('prints commands that these keys signed, without their secrets and without the warning about samples', () => {
    expect(sample.curls.map(paste)).toEqual(['Hello World! 200', 'Hello World! 200']);
    expect(sample.output).not.toContain(SECRET);
    expect(sample.output).not.toMatch(/samples?\b/i);
  });

  it('does not know the sample keys', async () => {
    expect(await send(sample.port, forward({ target: '/42' }))).toMatchObject(unauthorized('KEY_UNKNOWN'));
  });

  // Elsewhere 127.0.0.2 is not there.
  it.runIf(process.platform === 'linux')('can be reached from other computers, unlike with sample keys', async () => {
    expect(await isReachable(withSamples.port)).toBe(false);
    expect(await isReachable(sample.port)).toBe(true);
  });
});

describe('the sample does not start', () => {
  it.each([
    ['PORT', 'http'],
    ['PORT', '65536'],
    ['PORT', ''],
    ['ADAPTER', 'koa'],
  ])('with the %s "%s", and the message has one line', async (name, value) => {
    const { exitCode, output } = await failToStart({ [name]: value });
    expect(exitCode).toBe(1);
    expect(output).toMatch(new RegExp(`^${name}: expected .*, not "${value}"\n$`));
  });

  it.each(['', '{"key":"the secret"', '["the secret"]'])(
    'with the keys %j, and the message names their setting',
    async (value) => {
      const { exitCode, output } = await failToStart({ APIG_SIGNATURE_KEYS: value });
      expect(exitCode).toBe(1);
      expect(output).toContain('APIG_SIGNATURE_KEYS');
      expect(output).not.toContain('the secret');
    },
  );
});
