import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { BodyCapture } from '../http/body-capture.js';
import { isSigned } from '../http/node-request.js';

/** The parts of an HTTP adapter's framework that let us see requests early. */
interface EarlyHooks {
  use(middleware: (request: IncomingMessage, response: ServerResponse, next: () => void) => void): void;
  addHook(
    name: 'onRequest',
    hook: (
      request: { readonly raw: IncomingMessage },
      reply: { readonly raw: ServerResponse },
      done: () => void,
    ) => void,
  ): void;
}

/**
 * Captures every signed request as early as possible. It is installed twice, and the first to see a request captures
 * it. On the HTTP server it runs before any middleware. On the adapter it sees the requests that did not come through
 * that server. These come from `inject()`, from an application that mounts this one, or from Fastify's secondary
 * listeners.
 */
@Injectable()
export class BodyCaptureInstaller implements OnModuleInit {
  #isOnServer = false;
  /**
   * The request that the server saw last. The adapter skips it, because a look at it is slow behind Express (see
   * BodyCapture).
   */
  #seen: IncomingMessage | undefined;

  readonly #adapterHost: HttpAdapterHost;

  constructor(adapterHost: HttpAdapterHost) {
    this.#adapterHost = adapterHost;
    // The adapter may be set later than this runs (testing), or never (application contexts, microservices).
    adapterHost.init$.subscribe(() => {
      try {
        this.#installOnAdapter();
      } catch (error) {
        // A started framework takes no further hooks (LazyModuleLoader). No unverified body passes because of that: the
        // guard refuses the bodies that were not captured. An error thrown here would end the process.
        new Logger('ApigSignature').warn(
          `Loaded too late to see every body, import it in the root module: ${String(error)}`,
        );
      }
    });
  }

  onModuleInit(): void {
    const adapter = this.#adapterHost.httpAdapter as HttpAdapterHost['httpAdapter'] | undefined;
    const server: unknown = adapter?.getHttpServer();
    if (this.#isOnServer || !isServer(server)) return;
    this.#isOnServer = true;
    server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#seen = request;
      captureIfSigned(request, response);
    });
  }

  #captureUnlessSeen(request: IncomingMessage, response: ServerResponse): void {
    if (request !== this.#seen) captureIfSigned(request, response);
  }

  #installOnAdapter(): void {
    // A microservice sets its adapter to null.
    const adapter = this.#adapterHost.httpAdapter as HttpAdapterHost['httpAdapter'] | null;
    if (!adapter) return;
    const framework = adapter.getInstance<EarlyHooks>();
    if (adapter.getType() === 'express') {
      framework.use((request, response, next) => {
        this.#captureUnlessSeen(request, response);
        next();
      });
    } else if (adapter.getType() === 'fastify') {
      framework.addHook('onRequest', (request, reply, done) => {
        this.#captureUnlessSeen(request.raw, reply.raw);
        done();
      });
    }
  }
}

function captureIfSigned(request: IncomingMessage, response: ServerResponse): void {
  if (isSigned(request)) BodyCapture.on(request, response);
}

function isServer(server: unknown): server is NodeJS.EventEmitter {
  return typeof (server as { prependListener?: unknown } | undefined)?.prependListener === 'function';
}
