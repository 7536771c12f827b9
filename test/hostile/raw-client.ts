import { connect, type Socket } from 'node:net';

/** What came back for a request: a reply, or nothing but the end of the connection, or nothing in time. */
export type Answer =
  | { readonly kind: 'reply'; readonly status: number; readonly text: string }
  | { readonly kind: 'closed' }
  | { readonly kind: 'late' };

export interface Exchange {
  readonly bytes: Buffer;
  /** Whether a reply to it has no body, whatever its Content-Length says. */
  readonly isHead: boolean;
  /** What becomes of the connection: kept, half closed at once or if no answer comes by itself, or cut off at once. */
  readonly afterwards: 'keep' | 'end' | 'end if waiting' | 'destroy';
}

/** Milliseconds until a client that sent who knows what says that this was all. */
const PATIENCE = 50;

/** Sends requests one after another, over one connection for as long as it lasts. */
export class RawClient {
  readonly #port: number;
  readonly #deadline: number;
  #socket: Socket | undefined;

  /** `deadline` in milliseconds, for the whole answer. */
  constructor(port: number, deadline: number) {
    this.#port = port;
    this.#deadline = deadline;
  }

  async exchange(exchange: Exchange): Promise<Answer> {
    const socket = (this.#socket ??= await this.#connect());
    const answer = await ask(socket, exchange, this.#deadline);
    // Fastify closes after a 400 without saying so.
    const isKept = answer.kind === 'reply' && [200, 401].includes(answer.status) && exchange.afterwards === 'keep';
    if (!isKept || /^connection: close/im.test(answer.text)) this.close();
    return answer;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #connect(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.#port, '127.0.0.1');
      socket.setEncoding('latin1').setNoDelay(true).once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        // A reset is a way to close a connection, which 'close' tells.
        socket.on('error', () => undefined);
        socket.on('close', () => {
          if (this.#socket === socket) this.#socket = undefined;
        });
        resolve(socket);
      });
    });
  }
}

function ask(socket: Socket, { bytes, isHead, afterwards }: Exchange, deadline: number): Promise<Answer> {
  return new Promise((resolve) => {
    let received = '';
    const patience = setTimeout(() => afterwards === 'end if waiting' && socket.end(), PATIENCE);
    const limit = setTimeout(() => settle({ kind: 'late' }), deadline);
    const settle = (answer: Answer) => {
      clearTimeout(patience);
      clearTimeout(limit);
      socket.off('data', onData).off('close', onClose);
      resolve(answer);
    };
    const onData = (text: string) => {
      received += text;
      const answer = replyIn(received, isHead, false);
      if (answer) settle(answer);
    };
    const onClose = () => settle(replyIn(received, isHead, true) ?? { kind: 'closed' });
    socket.on('data', onData).on('close', onClose);
    socket.write(bytes, () => afterwards === 'destroy' && socket.destroy());
    if (afterwards === 'end') socket.end();
  });
}

/** The first final reply, if it is there as a whole. */
function replyIn(text: string, isHead: boolean, isClosed: boolean): Answer | undefined {
  const endOfHead = text.indexOf('\r\n\r\n');
  if (endOfHead < 0) return undefined;
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]);
  if (status < 200) return replyIn(text.slice(endOfHead + 4), isHead, isClosed);
  const reply: Answer = { kind: 'reply', status, text };
  const head = text.slice(0, endOfHead);
  if (isHead) return reply;
  const length = /^content-length: (\d+)/im.exec(head);
  if (length) return text.length >= endOfHead + 4 + Number(length[1]) ? reply : undefined;
  if (/^transfer-encoding: chunked/im.test(head)) return text.endsWith('0\r\n\r\n') ? reply : undefined;
  return status === 204 || isClosed ? reply : undefined;
}
