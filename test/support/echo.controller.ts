import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { All, Controller, Module, Req, type DynamicModule, type Type } from '@nestjs/common';
import {
  ApigSignatureModule,
  RequireApigSignature,
  VerifiedSignature,
  type ApigSignatureOptions,
  type VerifiedRequest,
} from '../../src/index.js';
import { KEYS } from './gateway.js';

/** A framework's request, as far as both have it in common; Fastify keeps Node's in `raw`. */
export type FrameworkRequest = IncomingMessage & { readonly raw?: IncomingMessage; readonly body?: unknown };

/** What a handler got of a body: what a parser made of it, and what was left in the stream. */
export interface Echo {
  readonly parsed: unknown;
  readonly streamed: Digest;
  readonly bodyVerified: boolean | null;
}

export interface Digest {
  readonly bytes: number;
  readonly sha256: string;
}

export function digestOf(bytes: Uint8Array | string): Digest {
  return { bytes: Buffer.byteLength(bytes), sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** The echo of a body that no parser touched. */
export function streamed(bytes: Uint8Array | string, bodyVerified = true): Echo {
  return { parsed: null, streamed: digestOf(bytes), bodyVerified };
}

/** The echo of a body of which a parser left nothing. */
export function parsed(value: unknown): Echo {
  return { parsed: value, streamed: digestOf(''), bodyVerified: true };
}

/** The reply to a request whose handler got this. */
export function accepted(echo: Echo): object {
  return { status: 200, text: JSON.stringify(echo) };
}

/** Reads, as a handler that streams would, what nobody has read so far. */
export async function restOf(request: FrameworkRequest): Promise<Digest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request.raw ?? request) chunks.push(chunk as Buffer);
  return digestOf(Buffer.concat(chunks));
}

@RequireApigSignature()
@Controller('echo')
export class EchoController {
  @All()
  async echo(@Req() request: FrameworkRequest, @VerifiedSignature() caller?: VerifiedRequest): Promise<Echo> {
    const rest = await restOf(request);
    return { parsed: request.body ?? null, streamed: rest, bodyVerified: caller?.bodyVerified ?? null };
  }
}

/** An application of these controllers, with the keys that `forward` signs with. */
export function echoModule(
  options: ApigSignatureOptions = {},
  controllers: readonly Type[] = [EchoController],
): DynamicModule {
  @Module({})
  class EchoModule {}
  return {
    module: EchoModule,
    imports: [ApigSignatureModule.forRoot({ keys: KEYS, ...options })],
    controllers: [...controllers],
  };
}
