import { request as httpRequest, type Agent, type ClientRequest, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';

export type HeaderLines = readonly (readonly [name: string, value: string])[];

/** A request to send exactly as it is: nothing is added but the framing of the body. */
export interface RequestToSend {
  readonly method: string;
  readonly target: string;
  /** Values are wire text, a character a byte. Repeated names are sent repeatedly. */
  readonly headers: HeaderLines;
  /** Bytes go out under a Content-Length, a list of them chunked. */
  readonly body?: Uint8Array | readonly Uint8Array[] | undefined;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Sends a request over a socket of its own, or of the agent's, and reads the whole reply. */
export function send(port: number, request: RequestToSend, agent: Agent | false = false): Promise<Reply> {
  const outgoing = begin(port, request, agent);
  sendBody(outgoing, request);
  return replyTo(outgoing);
}

/** A request whose body is not sent yet. Nothing at all is, before its headers are flushed or its body is sent. */
export function begin(port: number, request: RequestToSend, agent: Agent | false = false): ClientRequest {
  const { method, target, body } = request;
  const headers = request.headers.flat();
  if (body instanceof Uint8Array) headers.push('Content-Length', String(body.length));
  else if (body) headers.push('Transfer-Encoding', 'chunked');
  return httpRequest({ host: '127.0.0.1', port, method, path: target, headers, agent });
}

/** Sends the body of a request that has begun. */
export function sendBody(outgoing: ClientRequest, { body = [] }: RequestToSend): void {
  for (const chunk of body instanceof Uint8Array ? [body] : body) outgoing.write(chunk);
  outgoing.end();
}

/** The whole reply, which may come before the request's body has been sent. */
export function replyTo(outgoing: ClientRequest): Promise<Reply> {
  return new Promise((resolve, reject) => {
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers, text: Buffer.concat(parts).toString() }),
      );
    });
  });
}

/** The bytes of a request, for sockets that are driven by hand. */
export function toBytes({ method, target, headers, body = new Uint8Array() }: RequestToSend): Buffer {
  const lines = [`${method} ${target} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`)];
  const bytes = Array.isArray(body) ? Buffer.concat(body as readonly Uint8Array[]) : (body as Uint8Array);
  if (bytes.length > 0) lines.push(`Content-Length: ${bytes.length}`);
  return Buffer.concat([Buffer.from(lines.join('\r\n') + '\r\n\r\n', 'latin1'), bytes]);
}

/** Writes bytes to a socket and gives back all that comes until the server closes it. */
export function sendBytes(port: number, bytes: Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let received = '';
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => (received += text));
    socket.on('error', reject);
    socket.on('close', () => resolve(received));
  });
}

/** The replies in what came back over a socket. */
export function repliesIn(text: string): Reply[] {
  const replies: Reply[] = [];
  while (text !== '') {
    const [head = ''] = text.split('\r\n\r\n', 1);
    const [status = '', ...lines] = head.split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => [line.split(': ', 1)[0]!.toLowerCase(), line.replace(/^[^:]*: /, '')]),
    );
    // Without a length it goes on until the connection ends.
    const end = head.length + 4 + Number(headers['content-length'] ?? Infinity);
    replies.push({ status: Number(status.split(' ')[1]), headers, text: text.slice(head.length + 4, end) });
    text = text.slice(end);
  }
  return replies;
}
