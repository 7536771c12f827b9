import type { IncomingMessage } from 'node:http';
import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { MessageBody, SubscribeMessage, WebSocketGateway, type OnGatewayConnection } from '@nestjs/websockets';
import {
  ApigSignatureModule,
  RequireApigSignature,
  SignerService,
  VerifiedSignature,
  type VerifiedRequest,
} from 'nestjs-apig-signature';
import type { WebSocket } from 'ws';

/** The request that opened each connection. */
const upgrades = new WeakMap<object, IncomingMessage>();

@RequireApigSignature()
@WebSocketGateway({ path: '/messages' })
class MessagesGateway implements OnGatewayConnection {
  constructor(private readonly signer: SignerService) {}

  async handleConnection(client: WebSocket, request: IncomingMessage) {
    upgrades.set(client, request);
    const verdict = await this.signer.verify(request);
    if (!verdict.ok) client.close(4401, verdict.refusal.code);
  }

  @SubscribeMessage('say')
  say(@VerifiedSignature() caller: VerifiedRequest, @MessageBody() text: string) {
    return { event: 'said', data: `${caller.key}: ${text}` };
  }
}

@Module({
  imports: [
    ConfigModule.forRoot(),
    ApigSignatureModule.forRoot({
      getRequest: (context) => upgrades.get(context.switchToWs().getClient<object>()),
    }),
  ],
  providers: [MessagesGateway],
})
export class AppModule {}
