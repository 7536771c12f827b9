import { Agent } from 'node:http';
import { Catch, type ArgumentsHost, type INestApplication } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SignatureException, type RefusalCode } from '../../src/index.js';
import { catchAll } from '../support/catch-all.js';
import { forward, withHeader } from '../support/gateway.js';
import { send, sendBytes, toBytes, type Reply, type RequestToSend } from '../support/http-client.js';
import { platforms, start, type Platform, type RunningApp } from '../support/platforms.js';
import { bodyOf, FALSE_BODY_HASH, vectors, type Vector } from '../support/vectors.js';

/**
 * Their targets hold bytes outside 0x21 to 0x7E: Node's own HTTP/1 parser answers those, and no application sees them.
 */
const REFUSED_BY_NODE: ReadonlySet<string> = new Set([
  'query: literal space',
  'query: raw e-acute',
  'query: raw key e-acute',
  'random wild 022',
  'random wild 058',
  'random wild 071',
  'random wild 131',
]);

/** The body parsers that Nest brings answer 400, before any guard, to a body that is not the JSON it is said to be. */
function isRefusedByParser(vector: Vector, { name }: Platform): boolean {
  if (!vector.headers.some(([, value]) => value === 'application/json')) return false;
  const text = bodyOf(vector).toString();
  // Fastify also to one that is not there, where a body is usual.
  if (text === '') return name === 'fastify' && !['GET', 'HEAD'].includes(vector.method);
  try {
    return typeof JSON.parse(text) !== 'object';
  } catch {
    return true;
  }
}

/** Says a refusal's code in a header too: replies to HEAD have no body to read it in. */
@Catch(SignatureException)
class CodeInHeader extends BaseExceptionFilter<SignatureException> {
  override catch(exception: SignatureException, host: ArgumentsHost) {
    this.applicationRef!.setHeader(host.getArgByIndex(1), 'X-Code', exception.code);
    super.catch(exception, host);
  }
}

function sayCodes(app: INestApplication): void {
  app.useGlobalFilters(new CodeInHeader(app.getHttpAdapter()));
}

/** Fastify has two of its own, whatever Nest brings. */
function removeParsers(app: INestApplication): void {
  const framework = app.getHttpAdapter().getInstance() as Partial<FastifyInstance>;
  framework.removeContentTypeParser?.(['application/json', 'text/plain']);
}

/** What the gateway would send for a vector today. */
function forwardToday(vector: Vector): RequestToSend {
  const headers = vector.headers.filter(([name]) => name.toLowerCase() !== 'x-sdk-date');
  const body = vector.bodyBase64 === '' ? undefined : bodyOf(vector);
  return forward({ ...vector, headers, body }, { ...vector, signedHeaders: vector.signedHeaders.split(';') });
}

function valueOf(request: RequestToSend, name: string): string | undefined {
  return request.headers.find(([each]) => each.toLowerCase() === name)?.[1];
}

function declaredBodyHash(vector: Vector, request: RequestToSend): string | undefined {
  const name = 'x-sdk-content-sha256';
  return vector.signedHeaders.split(';').includes(name) ? valueOf(request, name) : undefined;
}

/** Changes the last character of a header's value, in a date the seconds. */
function changeHeader(request: RequestToSend, name: string): RequestToSend {
  const other = (last: string) => (last === '1' ? '2' : '1');
  const value = valueOf(request, name)!.replace(/(.)(Z?)$/, (_, last: string, zone: string) => other(last) + zone);
  return withHeader(request, name, value);
}

/** One change of each kind; which method and which header it is goes round with the vectors. */
function changesOf(vector: Vector, request: RequestToSend): Record<string, RequestToSend> {
  const pick = (list: readonly string[]) => list[vectors.indexOf(vector) % list.length]!;
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].filter((each) => each !== vector.method);
  return {
    method: { ...request, method: pick(methods) },
    path: { ...request, target: '/x' + request.target },
    query: { ...request, target: request.target + (request.target.includes('?') ? '&x' : '?x') },
    header: changeHeader(request, pick(vector.signedHeaders.split(';'))),
    absence: withHeader(request, 'x-sdk-date'),
    body: { ...request, body: Buffer.concat([bodyOf(vector), Buffer.from(' ')]) },
    signature: changeHeader(request, 'authorization'),
  };
}

function codesOfChanges(declared: string | undefined): Record<string, RefusalCode | 'accepted'> {
  return {
    method: 'SIGNATURE_MISMATCH',
    path: 'SIGNATURE_MISMATCH',
    query: 'SIGNATURE_MISMATCH',
    header: 'SIGNATURE_MISMATCH',
    absence: 'SIGNED_HEADER_MISSING',
    // An unsigned payload is not signed: row 8b.
    body: declared === 'UNSIGNED-PAYLOAD' ? 'accepted' : declared ? 'BODY_HASH_MISMATCH' : 'SIGNATURE_MISMATCH',
    signature: 'SIGNATURE_MISMATCH',
  };
}

function codeOf({ status, headers }: Reply): unknown {
  return status === 200 ? 'accepted' : status === 401 ? headers['x-code'] : status;
}

describe.each(platforms)('$name: a vector with a new date and signature', (platform) => {
  const agent = new Agent({ keepAlive: true });
  let usual: RunningApp, withoutParsers: RunningApp;

  beforeAll(async () => {
    const secrets = new Map<string, string[]>();
    for (const { key, secret } of vectors) secrets.set(key, [...(secrets.get(key) ?? []), secret]);
    const application = catchAll({ keys: (key) => secrets.get(key), encodedSlash: 'accept' });
    usual = await start(platform, application, { prepare: sayCodes });
    withoutParsers = await start(platform, application, {
      bodyParser: false,
      prepare(app) {
        sayCodes(app);
        removeParsers(app);
      },
    });
  });

  afterAll(async () => {
    agent.destroy();
    await usual.app.close();
    await withoutParsers.app.close();
  });

  const sendable = vectors.filter(({ name }) => !REFUSED_BY_NODE.has(name));

  it.each(sendable)('$name: passes, and is refused if it is changed', async (vector) => {
    const request = forwardToday(vector);
    const declared = declaredBodyHash(vector, request);
    const reply = await send(withoutParsers.port, request, agent);
    if (FALSE_BODY_HASH.has(vector.name)) {
      expect(codeOf(reply)).toBe('BODY_HASH_MISMATCH');
    } else {
      const caller = { key: vector.key, bodyVerified: declared !== 'UNSIGNED-PAYLOAD' };
      expect(reply).toMatchObject({ status: 200, text: vector.method === 'HEAD' ? '' : JSON.stringify(caller) });
    }
    const sendChanged = async ([what, changed]: [string, RequestToSend]) =>
      [what, codeOf(await send(withoutParsers.port, changed, agent))] as const;
    const codes = await Promise.all(Object.entries(changesOf(vector, request)).map(sendChanged));
    expect(Object.fromEntries(codes)).toEqual(codesOfChanges(declared));
  });

  it.each(sendable)('$name: passes the parsers of Nest, if its body fits its type', async (vector) => {
    const reply = await send(usual.port, forwardToday(vector), agent);
    const verdict = FALSE_BODY_HASH.has(vector.name) ? 'BODY_HASH_MISMATCH' : 'accepted';
    expect(codeOf(reply)).toBe(isRefusedByParser(vector, platform) ? 400 : verdict);
  });

  it.each([...REFUSED_BY_NODE])('%s: does not reach the application', async (name) => {
    const request = forwardToday(vectors.find((vector) => vector.name === name)!);
    const reply = await sendBytes(usual.port, toBytes(withHeader(request, 'Connection', 'close')));
    expect(reply).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  });
});
