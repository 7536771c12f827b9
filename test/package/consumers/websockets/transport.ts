import type { IncomingMessage } from 'node:http';
import type { ExecutionContext, Type } from '@nestjs/common';
import type { IoAdapter } from '@nestjs/platform-socket.io';
import type { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage } from '@nestjs/websockets';
import { RequireApigSignature, VerifiedSignature, type VerifiedRequest } from 'nestjs-apig-signature';

/** The recipe of docs/guide/websockets-and-hybrid.md for one kind of WebSockets, and a client for it. */
export interface Transport {
  readonly adapter: typeof WsAdapter | typeof IoAdapter;
  /** A gateway that verifies connections and messages, and one that leaves messages to a global guard. */
  readonly verifying: Type;
  readonly open: Type;
  readonly getRequest: (context: ExecutionContext) => IncomingMessage | undefined;
  /** The target of the request that opens a connection. */
  readonly target: string;
  /** Asks one question after the other over a connection of its own. Gives what the client was told, its end included. */
  readonly talk: (origin: string, headers: Record<string, string>, questions: string[]) => Promise<unknown[]>;
  /** What a client is told whose connection is refused, and one that leaves. */
  readonly refused: (code: string) => unknown[];
  readonly left: unknown[];
}

export class Messages {
  @SubscribeMessage('ask')
  ask(@VerifiedSignature() caller?: VerifiedRequest) {
    return { event: 'answer', data: caller?.key ?? 'nobody' };
  }

  @RequireApigSignature({ allowedKeys: ['another_key'] })
  @SubscribeMessage('askAnother')
  askAnother() {
    return { event: 'answer', data: 'never' };
  }
}

/** An answer; or the code of an exception, the message of one that has none. */
export function gist(data: string | { readonly code?: string; readonly message: string }): string {
  return typeof data === 'string' ? data : (data.code ?? data.message);
}
