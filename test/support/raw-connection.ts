import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { repliesIn, type Reply } from './http-client.js';

/** A connection whose bytes a test writes itself, in pieces of its own. */
export class RawConnection {
  readonly socket: Socket;
  #received = '';

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => (this.#received += text));
    // A server that has answered may reset the connection: what was received is looked at, not this.
    socket.on('error', () => undefined);
  }

  /** `allowHalfOpen` for one that goes on sending when the server has closed its side. */
  static async to(port: number, { allowHalfOpen = false } = {}): Promise<RawConnection> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen });
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  /** Writes bytes, and waits until the kernel has them. */
  write(bytes: Uint8Array | string): Promise<void> {
    return new Promise((resolve) => this.socket.write(bytes, () => resolve()));
  }

  /** What was received so far. */
  get received(): string {
    return this.#received;
  }

  /** The replies so far, whole ones only. */
  get replies(): Reply[] {
    return this.repliesAfter('');
  }

  /** The replies after something else that came first. */
  repliesAfter(start: string): Reply[] {
    const isWhole = ({ headers, text }: Reply) => text.length === Number(headers['content-length']);
    return repliesIn(this.#received.slice(start.length)).filter(isWhole);
  }

  /** Waits for as many whole replies, interim ones not counted, or for the connection's end. */
  async untilReplied(count = 1): Promise<Reply[]> {
    while (this.replies.length < count && !this.socket.closed) {
      await Promise.race([once(this.socket, 'data'), once(this.socket, 'close')]);
    }
    return this.replies;
  }

  /** Waits until the server has closed the connection. */
  async untilClosed(): Promise<void> {
    if (!this.socket.closed) await once(this.socket, 'close');
  }
}
