/*
 * Read by the type check alone (`npm run typecheck`): each line here compiles, but for those under @ts-expect-error,
 * which must not.
 */
import type { ArgumentsHost, ExecutionContext } from '@nestjs/common';
import { Get } from '@nestjs/common';
import { expectTypeOf } from 'vitest';
import { createVerifier, signRequest, type Verifier } from 'nestjs-apig-signature/core';
import { overrideSignature, TestGateway } from 'nestjs-apig-signature/testing';
import type { TestingModuleBuilder } from '@nestjs/testing';
import type { Cluster, Redis } from 'ioredis';
import type { createClient, createCluster, createSentinel } from 'redis';
import {
  ApigSignatureModule,
  getVerdict,
  InjectApigSignatureOptions,
  MemoryReplayStore,
  REFUSAL_CODES,
  RedisReplayStore,
  RequireApigSignature,
  SignatureException,
  SignatureMetrics,
  SignedHeader,
  SkipApigSignature,
  VerifiedSignature,
  type ApigSignatureOptions,
  type Keys,
  type PublicApigSignatureOptions,
  type Refusal,
  type RefusalCode,
  type ReplayStore,
  type RoutePolicy,
  type SignerService,
  type Verdict,
  type VerdictEvent,
  type VerifiedRequest,
} from 'nestjs-apig-signature';

// What a handler is given: under isolatedModules, types of decorated parameters are imported as types.
@RequireApigSignature()
export class Handlers {
  constructor(@InjectApigSignatureOptions() readonly options: PublicApigSignatureOptions) {}

  @RequireApigSignature({ allowedKeys: ['reader'], bodyLimit: 0 })
  @Get()
  handler(
    @VerifiedSignature() caller: VerifiedRequest,
    @VerifiedSignature() perhaps: VerifiedRequest | undefined,
    @SignedHeader('x-user') user: string | undefined,
  ) {
    return [caller.key, perhaps?.date.getTime(), user?.length, this.options.clockSkew] as const;
  }

  // @ts-expect-error the header to show must be named
  nameless(@SignedHeader() header: string) {
    return header;
  }

  // @ts-expect-error it is named by a text
  symbolic(@SignedHeader(Symbol('x-user')) header: string) {
    return header;
  }
}

@SkipApigSignature()
export class OpenHandlers {
  @SkipApigSignature()
  handler(@VerifiedSignature() caller?: VerifiedRequest) {
    return caller?.signedHeaders.join(';');
  }
}

declare const options: PublicApigSignatureOptions;
// @ts-expect-error injected options carry no keys
export const keys: unknown = options.keys;
// @ts-expect-error and are nobody's to change
options.clockSkew = 1;

// What a route may say: its own options, and not the module's.
expectTypeOf<keyof RoutePolicy>().toEqualTypeOf<
  | 'allowedKeys'
  | 'requiredSignedHeaders'
  | 'signedIfPresent'
  | 'contentTypes'
  | 'unsignedPayload'
  | 'replayProtection'
  | 'bodyLimit'
>();
RequireApigSignature({ requiredSignedHeaders: ['host'], signedIfPresent: [], unsignedPayload: 'refuse' });
RequireApigSignature({ allowedKeys: undefined, bodyLimit: undefined, unsignedPayload: undefined });
RequireApigSignature({ allowedKeys: ['reader', 'writer'] as const });
// @ts-expect-error one setting for the whole application
RequireApigSignature({ clockSkew: 60 });
// @ts-expect-error keys are the module's
RequireApigSignature({ keys: { reader: 'secret' } });
// @ts-expect-error names come in a list
RequireApigSignature({ allowedKeys: 'reader' });
// @ts-expect-error one of two words
RequireApigSignature({ unsignedPayload: 'deny' });
// @ts-expect-error a number of bytes
RequireApigSignature({ bodyLimit: '12mb' });
// @ts-expect-error no such option
RequireApigSignature({ requireSignedHeaders: ['host'] });
// @ts-expect-error nothing to say
SkipApigSignature({});

// Where the keys come from.
ApigSignatureModule.forRoot();
ApigSignatureModule.forRoot({ isGlobal: false, keys: { reader: 'secret', writer: ['new secret', 'old secret'] } });
ApigSignatureModule.forRoot({ keys: (key) => (key === 'reader' ? 'secret' : undefined) });
ApigSignatureModule.forRoot({ keys: async () => Promise.resolve(null) });
ApigSignatureModule.forRoot({
  getRequest: (context: ExecutionContext) => context.getArgByIndex<unknown>(0),
  now: Date.now,
});
ApigSignatureModule.forRootAsync({ useFactory: () => ({ plusInQuery: 'literal', encodedSlash: 'accept' }) });
ApigSignatureModule.forRootAsync({ isGlobal: true, useFactory: async () => Promise.resolve({ queryPieces: 10 }) });
// @ts-expect-error a number is not a secret
ApigSignatureModule.forRoot({ keys: { reader: 1 } });
// @ts-expect-error nor what a function gives
ApigSignatureModule.forRoot({ keys: () => 1 });
// @ts-expect-error no such option
ApigSignatureModule.forRoot({ clockskew: 60 });
// @ts-expect-error one of two words
ApigSignatureModule.forRoot({ plusInQuery: 'plus' });
// @ts-expect-error nor is it one of a factory's
ApigSignatureModule.forRootAsync({ useFactory: () => ({ clockSkew: '60' }) });
expectTypeOf<Exclude<keyof ApigSignatureOptions, keyof PublicApigSignatureOptions>>().toEqualTypeOf<'keys'>();
expectTypeOf<ApigSignatureOptions['keys']>().toEqualTypeOf<Keys | undefined>();

// Where seen signatures are kept.
declare const redis: ReturnType<typeof createClient>;
declare const redisCluster: ReturnType<typeof createCluster>;
declare const redisSentinel: ReturnType<typeof createSentinel>;
declare const ioredis: Redis;
declare const ioredisCluster: Cluster;
export const stores: ReplayStore[] = [
  new MemoryReplayStore(),
  new RedisReplayStore({ sendCommand: (args) => redis.sendCommand(args) }),
  new RedisReplayStore({ sendCommand: (args) => ioredis.call(...args), prefix: 'orders:', timeout: 0.5 }),
  new RedisReplayStore({ sendCommand: async (args: string[]) => Promise.resolve(args.length) }),
  RedisReplayStore.of(redis),
  RedisReplayStore.of(redisCluster, { prefix: 'orders:', timeout: 0.5, maxPending: 100, olderSignatures: 'refuse' }),
  RedisReplayStore.of(redisSentinel),
  RedisReplayStore.of(ioredis),
  RedisReplayStore.of(ioredisCluster),
  { reserve: () => true },
  { reserve: async (signature, lifetime, date) => Promise.resolve(signature !== '' && lifetime > date.getTime()) },
];
ApigSignatureModule.forRoot({ replayProtection: true, replayStore: stores[0] });
RequireApigSignature({ replayProtection: false });
// @ts-expect-error one store for the whole application
RequireApigSignature({ replayStore: new MemoryReplayStore() });
// @ts-expect-error it answers whether it was the first time
createVerifier({ keys: {}, replayStore: { reserve: () => 'OK' } });
// @ts-expect-error there must be a way to Redis
new RedisReplayStore({ prefix: 'orders:' });
// @ts-expect-error a transaction is not a client
RedisReplayStore.of(redis.multi());
// @ts-expect-error nor is a pipeline
RedisReplayStore.of(ioredis.pipeline());
// @ts-expect-error the client says how a command is sent
RedisReplayStore.of(redis, { sendCommand: (args: string[]) => redis.sendCommand(args) });

// Why a request was refused.
type Codes401 =
  | ('AUTHORIZATION_MISSING' | 'AUTHORIZATION_MALFORMED' | 'KEY_UNKNOWN' | 'SIGNED_HEADER_MISSING')
  | ('SIGNED_HEADER_REPEATED' | 'HEADER_NOT_SIGNED' | 'DATE_MISSING' | 'DATE_MALFORMED' | 'SIGNATURE_EXPIRED')
  | ('TARGET_AMBIGUOUS' | 'SIGNATURE_MISMATCH' | 'BODY_HASH_MISMATCH' | 'UNSIGNED_PAYLOAD' | 'REPLAYED');
type Codes5xx = 'HELD_BYTES_EXCEEDED' | 'KEYS_UNAVAILABLE' | 'REPLAY_STORE_UNAVAILABLE' | 'BODY_NOT_CAPTURED';
expectTypeOf<RefusalCode>().toEqualTypeOf<Codes401 | Codes5xx | 'BODY_TOO_LARGE'>();
expectTypeOf(REFUSAL_CODES).toEqualTypeOf<readonly RefusalCode[]>();
expectTypeOf<SignatureException['code']>().toEqualTypeOf<RefusalCode>();
expectTypeOf<Refusal['code']>().toEqualTypeOf<RefusalCode>();
// @ts-expect-error no such code
export const misspelt: RefusalCode = 'SIGNATURE_MISSMATCH';

/** `ok` tells the two verdicts apart. */
export function keyOf(verdict: Verdict): string {
  // @ts-expect-error a refused request has no key
  const { key }: { key: string } = verdict;
  return verdict.ok ? verdict.key : `${key}: ${verdict.refusal.message}`;
}

// Rolling out, and watching.
ApigSignatureModule.forRoot({ mode: 'report', onVerdict: (event) => event.duration });
ApigSignatureModule.forRoot({ mode: 'enforce', onVerdict: async (event) => Promise.resolve(event.route) });
// @ts-expect-error one of two words
ApigSignatureModule.forRoot({ mode: 'observe' });
// @ts-expect-error the whole application's
RequireApigSignature({ mode: 'report' });

/** `ok` tells the two events apart, as it does verdicts; only what is verified always has a key. */
export function labelOf(event: VerdictEvent): string {
  // @ts-expect-error a refused request may name no key
  const key: string = event.key;
  return event.ok ? `${event.key} ${event.secretIndex} ${event.skew}` : `${event.code} ${event.untrustedKey ?? key}`;
}

// In mode 'report' a handler sees by the verdict whether the request is verified.
export class ReportedHandlers {
  @Get()
  handler(@VerifiedSignature() verdict: Verdict) {
    return verdict.ok ? verdict.key : verdict.refusal.code;
  }
}

// The verdict of a guard, looked up: by a context, a filter's host, or a request of any framework.
declare const context: ExecutionContext;
declare const host: ArgumentsHost;
declare const anyRequest: object;
for (const source of [context, host, anyRequest]) {
  expectTypeOf(getVerdict(source)).toEqualTypeOf<Verdict | undefined>();
}
// @ts-expect-error there may be none
export const unjudged: boolean = getVerdict(context).ok;
// @ts-expect-error a key names no request
getVerdict('signature_key1');
// @ts-expect-error something must be looked up
getVerdict();

// Gauges.
export class Gauges {
  constructor(private readonly metrics: SignatureMetrics) {}

  figures(): readonly number[] {
    const { heldBytes, waitingRequests, sentAway } = this.metrics;
    return [heldBytes, waitingRequests, sentAway];
  }
}
declare const metrics: SignatureMetrics;
// @ts-expect-error figures are read only
metrics.sentAway = 0;
expectTypeOf<keyof SignatureMetrics>().toEqualTypeOf<'heldBytes' | 'waitingRequests' | 'sentAway'>();
// GraphQL servers read the code there.
expectTypeOf<SignatureException['extensions']>().toEqualTypeOf<{ readonly code: RefusalCode }>();

declare const caller: VerifiedRequest;
// @ts-expect-error what was proved stays so
caller.key = 'another';
// @ts-expect-error and so do its lists
caller.signedHeaders[0] = 'x-user';

// Signing, in an application and without one.
declare const signer: SignerService;
export const signed: Promise<{ readonly authorization: string }> = signer.sign(
  { method: 'GET', target: '/', headers: [['Host', 'example.com']] },
  { key: 'reader' },
);
// @ts-expect-error the key must be named
void signer.sign({ method: 'GET', target: '/', headers: [] }, {});
// @ts-expect-error without an application a secret is needed, too
signRequest({ method: 'GET', target: '/', headers: [] }, { key: 'reader' });
// @ts-expect-error and keys are for the other side
createVerifier({});

/** A verdict is a value, or the promise of one: who looks at `ok` must wait for it. */
export async function isSigned(verifier: Verifier): Promise<boolean> {
  const verdict = verifier.verify({ method: 'GET', target: '/', headers: [] });
  // @ts-expect-error it may be a promise
  if (verdict.ok) return true;
  return (await verdict).ok;
}

// Tests of users.
const gateway = new TestGateway({ now: new Date() });
const testRequest = gateway.sign({ method: 'POST', url: '/', body: '{}' });
expectTypeOf(testRequest.headers).toEqualTypeOf<Record<string, string>>();
declare const testing: TestingModuleBuilder;
expectTypeOf(gateway.trustedBy(testing)).toEqualTypeOf<TestingModuleBuilder>();
expectTypeOf(overrideSignature(testing, { key: 'reader' })).toEqualTypeOf<TestingModuleBuilder>();
// @ts-expect-error handlers are told of some caller
overrideSignature(testing, {});
// @ts-expect-error bodies are bytes, or the text of them
gateway.sign({ method: 'POST', url: '/', body: { a: 1 } });
