import { request as requestHttp, STATUS_CODES, type Agent, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type Socket } from 'node:net';
import { pipeline, type Duplex } from 'node:stream';
import { refuseRequest, type OwnAnswer } from './callers.js';
import { describeFailure, type Failure } from './failures.js';
import { watchRefusal } from './refusal-notes.js';
import { readStart, type BodyStart } from './request-body.js';
import type { Outcome, RequestLog } from './request-log.js';
import type { GatewaySettings } from './settings.js';
import { passedOn, signedHeaders, type Header } from './signed-head.js';

/** Methods that may be sent twice (RFC 9110 section 9.2.2), if a kept connection turns out to be closed. */
const REPEATABLE = /^(GET|HEAD|OPTIONS|TRACE|PUT|DELETE)$/;
const NO_BODY: BodyStart = { bytes: Buffer.alloc(0), isWhole: true };

/** What all exchanges of a gateway share. */
interface Shared {
  readonly settings: GatewaySettings;
  readonly log: RequestLog;
  readonly agent: Agent;
}

/** One request through the gateway, and its answer. */
export class Exchange {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  /** The client's connection, if it asks to become a WebSocket. */
  readonly #upgrade: Duplex | undefined;
  readonly #shared: Shared;
  readonly #done: (outcome: Outcome) => void;
  #problem: string | undefined;
  #refusal: () => Pick<Outcome, 'code' | 'cause'> = () => ({});

  constructor(request: IncomingMessage, response: ServerResponse, upgrade: Duplex | undefined, shared: Shared) {
    this.#request = request;
    this.#response = response;
    this.#upgrade = upgrade;
    this.#shared = shared;
    this.#done = shared.log.begin(request);
    response.once('close', () => {
      const status = response.headersSent ? response.statusCode : undefined;
      const cut = response.writableFinished ? undefined : 'The client left before the answer was complete.';
      this.#done({ status, problem: this.#problem ?? cut, ...this.#refusal() });
    });
  }

  /** Signs the request, forwards it, and passes the answer back. Never rejects. */
  async run(): Promise<void> {
    const { settings, log } = this.#shared;
    const request = this.#request;
    const refused = refuseRequest(request, settings) ?? this.#refuseHandshake();
    if (refused) {
      this.answer(refused.status, refused.text);
      return;
    }
    if (request.headers.authorization !== undefined) {
      log.warnOnce('A client sends an Authorization header of its own: the signature replaces it.');
    }
    const body = this.#upgrade ? NO_BODY : await readStart(request);
    if (!body) return; // the client has left
    try {
      const headers = signedHeaders(request, settings, body.isWhole ? body.bytes : undefined);
      if (this.#upgrade) headers.push(['Connection', 'Upgrade'], ['Upgrade', 'websocket']);
      this.#forward(headers, body);
    } catch (error) {
      this.answer(400, `This request cannot be signed: ${(error as Error).message}.`);
    }
  }

  /** Bytes after a handshake belong to the WebSocket, so the end of a body cannot be recognised. */
  #refuseHandshake(): OwnAnswer | undefined {
    const { 'transfer-encoding': encoding, 'content-length': length = '0' } = this.#request.headers;
    const hasBody = encoding !== undefined || length !== '0';
    return this.#upgrade && hasBody ? { status: 400, text: 'A WebSocket handshake must not have a body.' } : undefined;
  }

  /** Answers in place of the backend. */
  answer(status: number, text: string): void {
    this.#problem = text;
    const body = `apig-sign gateway: ${text}\n`;
    const type = { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' };
    const headers = { ...type, 'Content-Length': Buffer.byteLength(body) };
    this.#response.writeHead(status, STATUS_CODES[status], headers).end(body);
  }

  #forward(headers: readonly Header[], body: BodyStart, isFirst = true): void {
    const { to, ca } = this.#shared.settings;
    const { method = '', url } = this.#request;
    const outgoing = (to.isTls ? requestHttps : requestHttp)({
      ...{ host: to.hostname, port: to.port, agent: this.#shared.agent },
      ...(to.isTls ? { servername: isIP(to.hostname) ? '' : to.hostname, ca } : {}),
      ...{ method, path: url, headers: headers.flat(), setHost: false },
    });
    outgoing.maxHeadersCount = 0;
    this.#response.once('close', () => outgoing.destroy());
    outgoing.on('response', (answer) => this.#passBack(answer));
    if (this.#upgrade) outgoing.on('upgrade', (answer, socket, head) => this.#connect(answer, socket, head));
    outgoing.on('error', (error: Failure) => {
      if (this.#response.headersSent || this.#response.destroyed) return;
      const isStale = outgoing.reusedSocket && error.code === 'ECONNRESET' && REPEATABLE.test(method);
      if (isStale && isFirst && body.isWhole) this.#forward(headers, body, false);
      else this.answer(502, describeFailure(error, to.origin));
    });
    if (body.isWhole) {
      outgoing.end(body.bytes);
      return;
    }
    // The client may still send bytes, and unread bytes would block its connection.
    outgoing.on('close', () => this.#request.unpipe(outgoing).resume());
    outgoing.write(body.bytes);
    this.#request.pipe(outgoing);
  }

  #passBack(answer: IncomingMessage): void {
    const response = this.#response;
    this.#refusal = watchRefusal(answer);
    answer.on('error', () => (this.#problem ??= 'The backend ended its answer too early.'));
    answer.on('end', () => response.addTrailers(passedOn(answer.rawTrailers)));
    response.sendDate = false;
    try {
      response.writeHead(answer.statusCode!, answer.statusMessage, passedOn(answer.rawHeaders).flat());
    } catch {
      answer.destroy();
      return this.answer(502, 'The status line of the answer is not valid.');
    }
    response.flushHeaders(); // server-sent events may begin much later
    // Its errors are told above, and by the end of the response.
    pipeline(answer, response, () => undefined);
  }

  /** Joins both connections once the backend has agreed to a WebSocket. */
  #connect(answer: IncomingMessage, backend: Duplex, head: Buffer): void {
    const client = this.#upgrade!;
    const headers: Header[] = [...passedOn(answer.rawHeaders), ['Connection', 'Upgrade'], ['Upgrade', 'websocket']];
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    this.#response.detachSocket(client as Socket);
    this.#done({ status: 101 });
    client.write(`HTTP/1.1 101 Switching Protocols\r\n${lines}\r\n`, 'latin1');
    client.write(head);
    // If one ends, the other is ended. If one fails, both are destroyed, and no one is left to read an error.
    pipeline(client, backend, () => undefined);
    pipeline(backend, client, () => undefined);
  }
}
