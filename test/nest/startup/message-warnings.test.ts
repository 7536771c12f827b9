import { Module, type ModuleMetadata } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { describe, expect, it } from 'vitest';
import { ApigSignatureModule, RequireApigSignature, SignatureGuard, SkipApigSignature } from '../../../src/index.js';
import { DeclaredHandlers } from '../../../src/nest/startup/declared-handlers.js';
import { unguardedMessagesWarning } from '../../../src/nest/startup/startup.warnings.js';
import { KEYS } from '../../support/gateway.js';
import { platforms, startForTest } from '../../support/platforms.js';
import { RecordedLog } from '../../support/recorded-log.js';

class Messages {
  @SubscribeMessage('ask')
  ask() {
    return 'an answer';
  }
}

@WebSocketGateway({ path: '/plain' })
class PlainGateway extends Messages {}

@RequireApigSignature()
@WebSocketGateway({ path: '/guarded' })
class GuardedGateway extends Messages {}

@SkipApigSignature()
@WebSocketGateway({ path: '/skipped' })
class SkippedGateway extends Messages {}

const globalGuard = { provide: APP_GUARD, useExisting: SignatureGuard };

describe.each(platforms)('a start with gateways that only a global guard guards, on $name', (platform) => {
  async function messagesOf(providers: NonNullable<ModuleMetadata['providers']>) {
    @Module({ imports: [ApigSignatureModule.forRoot({ keys: KEYS })], providers })
    class AppModule {}
    const logger = new RecordedLog();
    const { app } = await startForTest(platform, AppModule, {
      logger,
      prepare: (each) => void each.useWebSocketAdapter(new WsAdapter(each)),
    });
    expect(logger.troubles).toEqual([]); // this version of Nest guards them
    return app.get(DeclaredHandlers).listMessageHandlers();
  }
  const gateways = [PlainGateway, GuardedGateway, SkippedGateway];

  it('warns if Nest calls no global guard for their messages', async () => {
    const messages = await messagesOf([...gateways, globalGuard]);
    expect(messages.map(({ name }) => name).sort()).toEqual([
      'GuardedGateway.ask',
      'PlainGateway.ask',
      'SkippedGateway.ask',
    ]);
    expect(unguardedMessagesWarning(messages, true)).toBeUndefined();
    expect(unguardedMessagesWarning(messages, false)).toBe(
      'This version of Nest calls no global guard for the messages of a WebSocket gateway: PlainGateway.ask. Put ' +
        '@RequireApigSignature() on the gateway, and set getRequest',
    );
  });

  it('does not warn without a global guard', async () => {
    expect(unguardedMessagesWarning(await messagesOf(gateways), false)).toBeUndefined();
  });
});
