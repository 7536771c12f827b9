import { Catch, UseFilters, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WebSocketGateway, type OnGatewayConnection } from '@nestjs/websockets';
import { RequireApigSignature, SignatureException, SignerService } from 'nestjs-apig-signature';
import type { Socket } from 'socket.io';
import { io } from 'socket.io-client';
import { gist, Messages, type Transport } from './transport.js';

@Catch(SignatureException)
class RefusedMessages implements ExceptionFilter<SignatureException> {
  catch({ code, message }: SignatureException, host: ArgumentsHost) {
    host.switchToWs().getClient<Socket>().emit('exception', { status: 'error', code, message });
  }
}

@RequireApigSignature()
@UseFilters(RefusedMessages)
@WebSocketGateway({ transports: ['websocket'] })
class VerifyingGateway extends Messages implements OnGatewayConnection {
  constructor(private readonly signer: SignerService) {
    super();
  }

  async handleConnection(client: Socket) {
    const verdict = await this.signer.verify(client.request);
    if (verdict.ok) return;
    const { code, message } = verdict.refusal;
    client.emit('exception', { status: 'error', code, message });
    client.disconnect(true);
  }
}

@UseFilters(RefusedMessages)
@WebSocketGateway({ transports: ['websocket'] })
class OpenGateway extends Messages {}

export const socketIo: Transport = {
  adapter: IoAdapter,
  verifying: VerifyingGateway,
  open: OpenGateway,
  getRequest: (context) => context.switchToWs().getClient<Socket>().request,
  target: '/socket.io/?EIO=4&transport=websocket',
  talk: (origin, extraHeaders, questions) =>
    new Promise((resolve, reject) => {
      const told: unknown[] = [];
      const client = io(origin, { transports: ['websocket'], reconnection: false, forceNew: true, extraHeaders });
      const askNext = () => {
        const event = questions.shift();
        if (event) client.emit(event);
        else client.disconnect();
      };
      client.on('connect', askNext);
      client.onAny((_event: string, data: Parameters<typeof gist>[0]) => {
        told.push(gist(data));
        askNext();
      });
      client.on('disconnect', (reason) => resolve([...told, reason]));
      client.on('connect_error', reject);
    }),
  refused: (code) => [code, 'io server disconnect'],
  left: ['io client disconnect'],
};
