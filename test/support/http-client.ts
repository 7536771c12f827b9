import { request as httpRequest, type Agent, type IncomingHttpHeaders } from 'node:http';
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
  const { method, target, body } = request;
  const chunks = Array.isArray(body) ? (body as readonly Uint8Array[]) : undefined;
  const headers = request.headers.flat();
  if (chunks) headers.push('Transfer-Encoding', 'chunked');
  else if (body) headers.push('Content-Length', String((body as Uint8Array).length));
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ host: '127.0.0.1', port, method, path: target, headers, agent }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers, text: Buffer.concat(parts).toString() }),
      );
    });
    outgoing.on('error', reject);
    for (const chunk of chunks ?? []) outgoing.write(chunk);
    outgoing.end(chunks ? undefined : body);
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
