import { once } from 'node:events';
import { Agent, createServer, ServerResponse, type IncomingMessage, type ServerOptions } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { refuseRequest } from './callers.js';
import { Exchange } from './exchange.js';
import type { RequestLog } from './request-log.js';
import type { GatewaySettings } from './settings.js';

/** Milliseconds that running requests have when the gateway ends. */
const GRACE = 1000;
/** Milliseconds for which an idle connection to the backend is kept. Servers keep theirs for longer. */
const IDLE = 3000;

/** Newer versions of Node make an ordinary request of any other upgrade. Older versions do not know this option. */
const ONLY_WEBSOCKETS: ServerOptions & { shouldUpgradeCallback: (request: IncomingMessage) => boolean } = {
  shouldUpgradeCallback: asksForWebSocket,
};

/** A reverse proxy that signs each request as the API gateway does. */
export class Gateway {
  readonly #settings: GatewaySettings;
  readonly #log: RequestLog;
  readonly #agent: Agent;
  readonly #server = createServer(ONLY_WEBSOCKETS, (request, response) => this.#serve(request, response));
  readonly #sockets = new Set<Duplex>();
  #isEnding = false;

  constructor(settings: GatewaySettings, log: RequestLog) {
    this.#settings = settings;
    this.#log = log;
    this.#agent = new (settings.to.isTls ? TlsAgent : Agent)({ keepAlive: true, timeout: IDLE });
    this.#server.requestTimeout = 0; // an upload may take a long time
    this.#server.maxHeadersCount = 0; // a limit would make Node drop headers in silence
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.#server.on('checkContinue', (request, response) => {
      if (!refuseRequest(request, settings)) response.writeContinue();
      this.#serve(request, response);
    });
    this.#server.on('connect', (_, socket) => {
      socket.on('error', () => socket.destroy());
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n', () => socket.destroy());
    });
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket as Socket, head));
  }

  /** Listens, and gives the port. Rejects with the system's error if it cannot. */
  async listen(): Promise<number> {
    const { hostname, port } = this.#settings.listen;
    this.#server.listen(port, hostname);
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  /** Takes no further requests. Running requests have one second. */
  async close(): Promise<void> {
    this.#isEnding = true;
    const closed = once(this.#server, 'close');
    this.#server.close();
    const end = setTimeout(() => this.#sockets.forEach((socket) => socket.destroy()), GRACE);
    await closed;
    clearTimeout(end);
    this.#agent.destroy();
  }

  #serve(request: IncomingMessage, response: ServerResponse, upgrade?: Duplex): void {
    const exchange = new Exchange(request, response, upgrade, {
      settings: this.#settings,
      log: this.#log,
      agent: this.#agent,
    });
    if (this.#isEnding) exchange.answer(503, 'The gateway is ending.');
    else void exchange.run();
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    socket.on('error', () => socket.destroy()); // Node does not listen to this connection any more
    if (!asksForWebSocket(request)) {
      // Clients of HTTP/2 ask for an upgrade with ordinary requests. A server may ignore this, so read them without it.
      socket.unshift(Buffer.concat([headWithoutUpgrade(request), head]));
      this.#server.emit('connection', socket);
      return;
    }
    socket.unshift(head);
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.on('finish', () => socket.destroySoon());
    this.#serve(request, response, socket);
  }
}

function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

function headWithoutUpgrade({ method, url, httpVersion, rawHeaders }: IncomingMessage): Buffer {
  const lines = rawHeaders.flatMap((name, at) => {
    return at % 2 === 1 || name.toLowerCase() === 'upgrade' ? [] : [`${name}: ${rawHeaders[at + 1]}\r\n`];
  });
  return Buffer.from(`${method} ${url} HTTP/${httpVersion}\r\n${lines.join('')}\r\n`, 'latin1');
}
