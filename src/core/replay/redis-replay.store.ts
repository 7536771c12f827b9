import { refuseOlder, type OlderSignatures, type ReplayStore } from './replay.store.js';
import { answerTo, LONGEST_WAIT } from '../timely-answer.js';
import { ACCEPT_OR_REFUSE, checkOptions, isFunction, type OptionRule } from '../check-options.js';

/** The options of a {@link RedisReplayStore}. */
export interface RedisReplayStoreOptions {
  /**
   * Sends a command and promises the reply: `(args) => client.sendCommand(args)` with `redis`, `(args) =>
   * client.call(...args)` with `ioredis`.
   */
  readonly sendCommand: (args: [command: string, ...args: string[]]) => Promise<unknown>;
  /**
   * What the names of the keys begin with. Not set: `'apig-signature:'`. Applications that one request passes one after
   * the other need a prefix each: the second would take it for a replay.
   */
  readonly prefix?: string | undefined;
  /** Seconds that Redis may take to answer, 5 at most. Not set: 1. */
  readonly timeout?: number | undefined;
  /**
   * Signatures from before this store was made. Not set: `'accept'`, since Redis remembers longer than any process.
   * `'refuse'` is for a Redis that does not: one without a disk that is started along with the application, or one that
   * lost its data, after which all processes are to be started anew.
   */
  readonly olderSignatures?: OlderSignatures | undefined;
}

const RULES: Record<keyof RedisReplayStoreOptions, OptionRule> = {
  sendCommand: ['a function that sends a command to Redis', isFunction],
  prefix: ['a text', (value) => typeof value === 'string'],
  timeout: [
    `a number of seconds, more than 0 and not more than ${LONGEST_WAIT}`,
    (value) => typeof value === 'number' && value > 0 && value <= LONGEST_WAIT,
  ],
  olderSignatures: ACCEPT_OR_REFUSE,
};

/**
 * A replay store in Redis, for all processes that use the same one: one `SET key 1 NX PX milliseconds` a request.
 *
 * It keeps its promise as far as Redis keeps what it has confirmed: with `appendonly yes`, `appendfsync always` and
 * `maxmemory-policy noeviction`, and without a failover to a replica that lags behind. The client's own queue for when
 * Redis is away is best turned off: what waits there is answered too late anyway.
 */
export class RedisReplayStore implements ReplayStore {
  readonly #sendCommand: RedisReplayStoreOptions['sendCommand'];
  readonly #prefix: string;
  readonly #timeout: number;
  readonly #olderSignatures: OlderSignatures | undefined;
  readonly #birth = Date.now();

  /** Throws a TypeError for wrong options. Sends nothing. */
  constructor(options: RedisReplayStoreOptions) {
    checkOptions(options, RULES);
    if (!isFunction(options.sendCommand)) throw new TypeError(`sendCommand: expected ${RULES.sendCommand[0]}`);
    this.#sendCommand = options.sendCommand;
    this.#prefix = options.prefix ?? 'apig-signature:';
    this.#timeout = options.timeout ?? 1;
    this.#olderSignatures = options.olderSignatures;
  }

  /**
   * See {@link ReplayStore.reserve}. Rejects with an Error when Redis is away, too slow, or answers anything else than
   * that it has set the key, or that it was set before.
   */
  async reserve(signature: string, lifetime: number, date: Date): Promise<boolean> {
    refuseOlder(this.#olderSignatures, this.#birth, date);
    return answerTo({
      of: 'Redis',
      ask: () => this.#sendCommand(['SET', this.#prefix + signature, '1', 'NX', 'PX', String(lifetime)]),
      read: isSet,
      fail: unavailable,
      seconds: this.#timeout,
    });
  }
}

function isSet(reply: unknown): boolean {
  if (reply === 'OK' || reply === null) return reply === 'OK';
  throw new Error('its reply to SET was neither OK nor nothing');
}

function unavailable(reason: string): never {
  throw new Error(reason);
}
