import type { IncomingMessage } from 'node:http';
import { Catch, UseFilters, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { WebSocketGateway, type OnGatewayConnection } from '@nestjs/websockets';
import { RequireApigSignature, SignatureException, SignerService } from 'nestjs-apig-signature';
import { WebSocket } from 'ws';
import { gist, Messages, type Transport } from './transport.js';

const upgrades = new WeakMap<object, IncomingMessage>();

@Catch(SignatureException)
class RefusedMessages implements ExceptionFilter<SignatureException> {
  catch({ code, message }: SignatureException, host: ArgumentsHost) {
    const data = { status: 'error', code, message };
    const client = host.switchToWs().getClient<WebSocket>();
    client.send(JSON.stringify({ event: 'exception', data }));
  }
}

@RequireApigSignature()
@UseFilters(RefusedMessages)
@WebSocketGateway({ path: '/messages' })
class VerifyingGateway extends Messages implements OnGatewayConnection {
  constructor(private readonly signer: SignerService) {
    super();
  }

  async handleConnection(client: WebSocket, request: IncomingMessage) {
    upgrades.set(client, request);
    const verdict = await this.signer.verify(request);
    if (!verdict.ok) client.close(4401, verdict.refusal.code);
  }
}

@UseFilters(RefusedMessages)
@WebSocketGateway({ path: '/messages' })
class OpenGateway extends Messages implements OnGatewayConnection {
  handleConnection(client: WebSocket, request: IncomingMessage) {
    upgrades.set(client, request);
  }
}

export const ws: Transport = {
  adapter: WsAdapter,
  verifying: VerifyingGateway,
  open: OpenGateway,
  getRequest: (context) => upgrades.get(context.switchToWs().getClient<object>()),
  target: '/messages',
  talk: (origin, headers, questions) =>
    new Promise((resolve, reject) => {
      const told: unknown[] = [];
      const socket = new WebSocket(`${origin}/messages`, { headers });
      const askNext = () => {
        const event = questions.shift();
        if (event) socket.send(JSON.stringify({ event }));
        else socket.close(1000);
      };
      socket.on('open', askNext);
      socket.on('message', (text: Buffer) => {
        const { data } = JSON.parse(String(text)) as { data: Parameters<typeof gist>[0] };
        told.push(gist(data));
        askNext();
      });
      socket.on('close', (status, reason) => resolve([...told, status, String(reason)]));
      socket.on('error', reject);
    }),
  refused: (code) => [4401, code],
  left: [1000, ''],
};
