import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { Readable } from 'node:stream';
import { SignatureGuard } from '../../dist/esm/index.js';

/** Milliseconds that a measurement itself adds to what it measures. */
const OVERHEAD = overhead();

/**
 * Measures each request that the guard of an application judges: what the package does where the request and its body
 * arrive, the guard, and beside it the bare cryptography for the same request, before the guard and behind it in turn.
 */
export class GuardTimes {
  #samples = [[], []];
  #onArrival = new WeakMap();
  #turn = 0;

  /** `floorFor` gives the floor of a method: see floor.js. To be made before Nest makes the guard. */
  constructor(floorFor) {
    const times = this;
    const { canActivate } = SignatureGuard.prototype;
    SignatureGuard.prototype.canActivate = function (context) {
      const request = context.switchToHttp().getRequest();
      const { fresh, run } = floorFor(request.method);
      const input = fresh();
      const turn = (times.#turn ^= 1);
      const start = performance.now();
      const first = turn ? run(input) : canActivate.call(this, context);
      const middle = performance.now();
      const second = turn ? canActivate.call(this, context) : run(input);
      const end = performance.now();
      // A promise would have been measured in part.
      assert.equal(turn ? second : first, true);
      const [before, behind] = [middle - start - OVERHEAD, end - middle - OVERHEAD];
      const arrival = times.#onArrival.get(request.raw ?? request) ?? 0;
      const [floor, guard] = turn ? [before, behind] : [behind, before];
      times.#samples[turn].push({ floor, guard, arrival });
      return true;
    };
  }

  /** Measures what the package does when a request and its body arrive at a server. */
  watch(server) {
    const [listener, ...others] = server.listeners('request');
    server.removeAllListeners('request');
    server.on('request', (request, response) => {
      const start = performance.now();
      listener.call(server, request, response);
      this.#add(request, performance.now() - start - OVERHEAD);
      if (Object.hasOwn(request, 'push')) this.#watchPush(request);
    });
    for (const other of others) server.on('request', other);
  }

  /** What has been measured since the last time: for each order the samples. */
  take() {
    const samples = this.#samples;
    this.#samples = [[], []];
    return samples;
  }

  #add(request, time) {
    this.#onArrival.set(request, (this.#onArrival.get(request) ?? 0) + time);
  }

  #watchPush(request) {
    const { push } = request;
    request.push = (...args) => {
      const start = performance.now();
      inner = 0;
      const goOn = push.apply(request, args);
      this.#add(request, performance.now() - start - inner - OVERHEAD);
      return goOn;
    };
  }
}

/** Milliseconds of Node's own `push` in the latest captured one. */
let inner = 0;
const { push } = Readable.prototype;
Readable.prototype.push = function (...args) {
  const start = performance.now();
  const goOn = push.apply(this, args);
  inner = performance.now() - start + OVERHEAD;
  return goOn;
};

function overhead() {
  const times = Array.from({ length: 100_000 }, () => {
    const start = performance.now();
    return performance.now() - start;
  });
  return times.sort((a, b) => a - b)[times.length >> 1];
}
