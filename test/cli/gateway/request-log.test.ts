import { describe, expect, it } from 'vitest';
import { REMEDIES } from '../../../src/core/refusal-remedies.js';
import { startBackend, startDeskGateway } from '../../support/desk-gateway.js';
import { catchAll } from '../../support/catch-all.js';
import { KEY, KEYS, SECRET } from '../../support/gateway.js';
import { send, type HeaderLines } from '../../support/http-client.js';
import { platforms, startForTest } from '../../support/platforms.js';

const get = (target: string, headers: HeaderLines = []) => ({
  method: 'GET',
  target,
  headers: [['Host', 'localhost'] as const, ...headers],
});

/** A backend that answers each request with this status and body. */
const answering = (status: number, body: string | Buffer, headers: Record<string, string> = {}) =>
  startBackend((_, response) =>
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(body),
  );

const refusal = (code: string) => JSON.stringify({ statusCode: 401, error: 'Unauthorized', message: 'm', code });

describe('the line of a request', () => {
  it('shows time, method, path without its query, status and duration', async () => {
    const { port } = await answering(200, '{}');
    const desk = await startDeskGateway(port);
    await send(desk.port, get('/orders/7?token=abc'));
    expect(await desk.lineOf('/orders')).toMatch(/^\d\d:\d\d:\d\d GET \/orders\/7 200 \d+ ms$/);
  });

  it('comes after a line that says where the gateway listens and what it signs', async () => {
    const { port } = await answering(200, '{}');
    const desk = await startDeskGateway(port);
    expect(desk.lines).toEqual([
      `Open http://127.0.0.1:${desk.port} - each request is signed as ${KEY} and sent to http://127.0.0.1:${port}. Ctrl+C ends it.`,
    ]);
  });

  it.each(Object.entries(REMEDIES))('names the code %s and its remedy', async (code, remedy) => {
    const { port } = await answering(401, refusal(code));
    const desk = await startDeskGateway(port);
    expect((await send(desk.port, get('/'))).text).toBe(refusal(code));
    expect(await desk.lineOf('GET / 401')).toMatch(new RegExp(` ms ${code}\n {4}look at: `));
    expect(desk.lines[1]!.endsWith(`look at: ${remedy}`)).toBe(true);
  });

  it.each(platforms)('names the code of a guard on $name', async (platform) => {
    const { port } = await startForTest(platform, catchAll({ keys: KEYS }));
    const desk = await startDeskGateway(port, ['--path-prefix', '/api']);
    await send(desk.port, get('/a'));
    expect(await desk.lineOf('/a')).toContain(
      'SIGNATURE_MISMATCH\n    look at: the secret, a path prefix that a proxy took off',
    );
  });

  it('shows the explanation from the backend', async () => {
    const explained = encodeURIComponent('The path was "/api/a":\n a \x1b[31mprefix é');
    const { port } = await answering(401, refusal('SIGNATURE_MISMATCH'), { 'X-Apig-Explain': explained });
    const desk = await startDeskGateway(port);
    await send(desk.port, get('/a'));
    expect(await desk.lineOf('/a')).toMatch(/\n {4}cause: The path was "\/api\/a":\| a \\x1b\[31mprefix \\xe9$/);
  });

  it.each([
    ['a body that is not JSON', 'no JSON', {}],
    ['a code of somebody else', JSON.stringify({ code: 'constructor' }), {}],
    ['a code that is not text', JSON.stringify({ code: ['REPLAYED'] }), {}],
    ['JSON that is not an object', 'null', {}],
    ['a code after 4 KiB', JSON.stringify({ filler: 'x'.repeat(5000), code: 'REPLAYED' }), {}],
    ['a code under another type', refusal('REPLAYED'), { 'Content-Type': 'text/html' }],
    ['an explanation that is cut in an escape', 'no JSON', { 'X-Apig-Explain': 'a%E2%8' }],
  ])('shows no code for %s', async (_, body, headers) => {
    const { port } = await answering(401, body, headers);
    const desk = await startDeskGateway(port);
    expect((await send(desk.port, get('/'))).text).toBe(body);
    expect(await desk.lineOf('GET / 401')).toMatch(/ 401 \d+ ms(\n {4}cause: a%E2%8)?$/);
  });

  it('cuts a long path, and shows no control character for a terminal', async () => {
    const { port } = await answering(200, '{}');
    const desk = await startDeskGateway(port);
    await send(desk.port, get(`/${'a'.repeat(4000)}`));
    expect((await desk.lineOf('aaaa')).length).toBeLessThan(200);
  });

  it('shows no secret in any part of a request', async () => {
    const { port } = await answering(401, refusal('REPLAYED'), {
      'X-Apig-Explain': encodeURIComponent(`it is ${SECRET}`),
    });
    for (const form of [[], ['--json']]) {
      const desk = await startDeskGateway(port, form);
      await send(desk.port, get(`/${encodeURIComponent(SECRET)}`, [['Authorization', SECRET]]));
      await desk.lineOf('401');
      const printed = [...desk.lines, ...desk.warnings].join('\n');
      expect(printed).toContain('***');
      expect(printed).not.toContain(SECRET);
      expect(printed).not.toContain(encodeURIComponent(SECRET));
    }
  });

  it('is coloured on a terminal only', async () => {
    for (const [status, colour] of [
      [204, 32],
      [304, 32],
      [404, 33],
      [500, 31],
    ] as const) {
      const { port } = await answering(status, '');
      const desk = await startDeskGateway(port, [], { isColoured: true });
      await send(desk.port, get('/'));
      expect(await desk.lineOf('GET /')).toContain(` \x1b[${colour}m${status}\x1b[0m `);
    }
  });
});

describe('--json', () => {
  it('prints an object for the start, and one for each request', async () => {
    const { port } = await answering(401, refusal('REPLAYED'), { 'X-Apig-Explain': 'why' });
    const desk = await startDeskGateway(port, ['--json'], { isColoured: true });
    await send(desk.port, get('/a?b=c'));
    await desk.lineOf('"/a"');
    expect(desk.lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { listening: `http://127.0.0.1:${desk.port}`, to: `http://127.0.0.1:${port}`, key: KEY },
      {
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        method: 'GET',
        path: '/a',
        status: 401,
        durationMs: expect.any(Number),
        code: 'REPLAYED',
        lookAt: REMEDIES.REPLAYED,
        cause: 'why',
      },
    ]);
  });
});

describe('--quiet', () => {
  it('prints no line for requests', async () => {
    const { port } = await answering(200, '{}');
    const desk = await startDeskGateway(port, ['--quiet']);
    await send(desk.port, get('/'));
    await desk.close();
    expect(desk.lines).toHaveLength(1);
  });
});
