import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Module, type Provider } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Args, GraphQLModule, Mutation, Query, Resolver } from '@nestjs/graphql';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  ApigSignatureModule,
  RequireApigSignature,
  SignatureGuard,
  SignedHeader,
  SkipApigSignature,
  VerifiedSignature,
  type RefusalCode,
  type VerifiedRequest,
} from '../../src/index.js';
import { forward, HOST, KEY, SECRET } from '../support/gateway.js';
import { send, type HeaderLines, type RequestToSend } from '../support/http-client.js';
import { platforms, start, type RunningApp } from '../support/platforms.js';
import { refused } from '../support/refusals.js';

const JSON_TYPE: HeaderLines = [['Content-Type', 'application/json']];
const NOTE: HeaderLines = [['X-Note', 'noted']];
const UNSIGNED_PAYLOAD: HeaderLines = [['X-Sdk-Content-Sha256', 'UNSIGNED-PAYLOAD']];

const text = () => String;
const described = (caller: VerifiedRequest | undefined) =>
  caller ? `${caller.key}, body verified: ${String(caller.bodyVerified)}` : 'nobody';
const VERIFIED = `${KEY}, body verified: true`;

@Resolver()
class FieldsResolver {
  @RequireApigSignature()
  @Query(text, { nullable: true })
  lax(@VerifiedSignature() caller: VerifiedRequest) {
    return described(caller);
  }

  @RequireApigSignature({ requiredSignedHeaders: ['x-note'] })
  @Query(text, { nullable: true })
  strict(@SignedHeader('x-note') note: string) {
    return note;
  }

  @RequireApigSignature({ allowedKeys: ['other'] })
  @Query(text, { nullable: true })
  othersOnly() {
    return 'for others';
  }

  @SkipApigSignature()
  @Query(text, { nullable: true })
  open(@VerifiedSignature() caller?: VerifiedRequest) {
    return described(caller);
  }

  @Query(text, { nullable: true })
  undecorated(@VerifiedSignature() caller?: VerifiedRequest) {
    return described(caller);
  }

  @RequireApigSignature({ unsignedPayload: 'refuse' })
  @Mutation(text, { nullable: true })
  write(@Args('value', { type: text }) value: string) {
    return `wrote ${value}`;
  }
}

function post(query: string, headers: HeaderLines = []): RequestToSend {
  const body = JSON.stringify({ query });
  return forward({ method: 'POST', target: '/graphql', headers: [...JSON_TYPE, ...headers], body });
}

function write(value: string, headers?: HeaderLines): RequestToSend {
  return post(`mutation { write(value: "${value}") }`, headers);
}

function get(query: string): RequestToSend {
  return forward({ target: `/graphql?query=${encodeURIComponent(query)}`, headers: JSON_TYPE });
}

/** The same request, as nobody signed it. */
function unsigned(request: RequestToSend): RequestToSend {
  return { ...request, headers: [['Host', HOST], ...JSON_TYPE] };
}

/** A request that became another on the way. */
function changed(signed: RequestToSend, { target, body }: RequestToSend): RequestToSend {
  return { ...signed, target, body };
}

/** A field's refusal, of which the HTTP status tells nothing: other fields may have passed. */
function refusal(field: string, code: RefusalCode, name?: string): object {
  const { message, status } = refused(code, name).refusal;
  const originalError = { statusCode: status, error: 'Unauthorized', message, code };
  return expect.objectContaining({
    path: [field],
    message,
    extensions: expect.objectContaining({ originalError }) as unknown,
  }) as object;
}

/** Guards look for the request in `req`; Fastify’s integration passes the bare request to this function. */
const GRAPHQL: ApolloDriverConfig = {
  driver: ApolloDriver,
  autoSchemaFile: true,
  context: (req: { readonly req?: unknown }) => (req.req === undefined ? { req } : req),
};
const cases = platforms.flatMap((platform) =>
  [true, false].map((isGlobal) => ({ name: platform.name, platform, isGlobal })),
);

describe.each(cases)('GraphQL on $name, with a global guard: $isGlobal', ({ platform, isGlobal }) => {
  const keys = vi.fn((key: string) => (key === KEY ? SECRET : undefined));
  let running: RunningApp;

  beforeAll(async () => {
    const providers: Provider[] = isGlobal ? [{ provide: APP_GUARD, useExisting: SignatureGuard }] : [];
    @Module({
      imports: [ApigSignatureModule.forRoot({ keys }), GraphQLModule.forRoot(GRAPHQL)],
      providers: [FieldsResolver, ...providers],
    })
    class AppModule {}
    running = await start(platform, AppModule);
  });
  afterAll(() => running.app.close());

  async function ask(request: RequestToSend): Promise<unknown> {
    const reply = await send(running.port, request);
    return { status: reply.status, ...(JSON.parse(reply.text) as object) };
  }

  it.each<[what: string, request: RequestToSend, passed: object, refused?: Parameters<typeof refusal>]>([
    ['one of two fields passes', post('{ lax strict }'), { lax: VERIFIED }, ['strict', 'HEADER_NOT_SIGNED', 'x-note']],
    [
      'one of two fields passes, in the other order',
      post('{ strict lax }'),
      { lax: VERIFIED },
      ['strict', 'HEADER_NOT_SIGNED', 'x-note'],
    ],
    ['both fields pass', post('{ lax strict }', NOTE), { lax: VERIFIED, strict: 'noted' }],
    ['a field for other keys', post('{ othersOnly lax }'), { lax: VERIFIED }, ['othersOnly', 'KEY_UNKNOWN']],
    ['a skipped field gets no verdict', post('{ lax open }'), { lax: VERIFIED, open: 'nobody' }],
    [
      'a skipped field does not open others',
      unsigned(post('{ open lax }')),
      { open: 'nobody' },
      ['lax', 'AUTHORIZATION_MISSING'],
    ],
    ['a signed query string', get('{ lax }'), { lax: VERIFIED }],
    [
      'a changed query string',
      changed(get('{ lax }'), get('{ open lax }')),
      { open: 'nobody' },
      ['lax', 'SIGNATURE_MISMATCH'],
    ],
    ['a signed mutation', write('1'), { write: 'wrote 1' }],
    ['a changed mutation', changed(write('1'), write('2')), {}, ['write', 'SIGNATURE_MISMATCH']],
    ['an unsigned mutation', write('1', UNSIGNED_PAYLOAD), {}, ['write', 'UNSIGNED_PAYLOAD']],
  ])('%s', async (_, request, passed, refused) => {
    const data = { ...passed, ...(refused && { [refused[0]]: null }) };
    const errors = refused ? { errors: [refusal(...refused)] } : {};
    expect(await ask(request)).toEqual({ status: 200, data, ...errors });
  });

  it('asks for the keys once for each request, whatever the number of fields', async () => {
    keys.mockClear();
    await ask(post('{ lax strict othersOnly open undecorated }'));
    expect(keys.mock.calls).toEqual([[KEY]]);
  });

  it('leaves a field without a decorator to the global guard', async () => {
    expect(await ask(post('{ undecorated }'))).toMatchObject({ data: { undecorated: isGlobal ? VERIFIED : 'nobody' } });
    const reply = { undecorated: isGlobal ? null : 'nobody' };
    expect(await ask(unsigned(post('{ undecorated }')))).toMatchObject({ data: reply });
  });

  it('leaves introspection open, because no resolver of the application answers it', async () => {
    expect(await ask(unsigned(post('{ __typename }')))).toEqual({ status: 200, data: { __typename: 'Query' } });
  });
});
