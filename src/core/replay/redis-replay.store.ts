import { refuseOlder, type OlderSignatures, type ReplayStore } from './replay.store.js';
import { PendingReplies } from './pending-replies.js';
import { sendCommandOf, type AnyRedisClient, type SendCommand } from './redis-clients.js';
import { answerTo, LONGEST_WAIT } from '../timely-answer.js';
import { ACCEPT_OR_REFUSE, checkOptions, isFunction, type OptionRule } from '../check-options.js';

/**
 * The options of a {@link RedisReplayStore}.
 *
 * @category Replay protection
 */
export interface RedisReplayStoreOptions {
  /** Sends a command and promises the reply. {@link RedisReplayStore.of} makes it for the clients that it knows. */
  readonly sendCommand: SendCommand;
  /**
   * What the names of the store's Redis keys begin with. Default: `'apig-signature:'`. Give each application its own
   * prefix if one request passes through several of them. Otherwise the second application refuses the request as a
   * replay.
   */
  readonly prefix?: string | undefined;
  /** Seconds that Redis may take to answer, 5 at most. Default: 1. */
  readonly timeout?: number | undefined;
  /**
   * Commands that may wait for a reply at one time; further ones are not sent, and reject. The number bounds the queue
   * of the client while Redis hangs: a command stays in that queue when the store no longer waits for it. Default:
   * 10,000.
   */
  readonly maxPending?: number | undefined;
  /**
   * What to do with signatures that are dated before this store was made. Default: `'accept'`, because Redis remembers
   * longer than any process. `'refuse'` is for a Redis that does not: it keeps nothing on disk and starts along with
   * the application, or it has lost its data. After such a loss, restart all processes.
   */
  readonly olderSignatures?: OlderSignatures | undefined;
}

/**
 * The options of {@link RedisReplayStore.of}.
 *
 * @category Replay protection
 */
export type RedisReplayStoreSettings = Omit<RedisReplayStoreOptions, 'sendCommand'>;

const SETTINGS: Record<keyof RedisReplayStoreSettings, OptionRule> = {
  prefix: ['a text', (value) => typeof value === 'string'],
  timeout: [
    `a number of seconds, more than 0 and not more than ${LONGEST_WAIT}`,
    (value) => typeof value === 'number' && value > 0 && value <= LONGEST_WAIT,
  ],
  maxPending: ['a whole number, 1 or more', (value) => Number.isInteger(value) && Number(value) >= 1],
  olderSignatures: ACCEPT_OR_REFUSE,
};

const RULES: Record<keyof RedisReplayStoreOptions, OptionRule> = {
  sendCommand: ['a function that sends a command to Redis', isFunction],
  ...SETTINGS,
};

/**
 * A replay store in Redis, for all processes that use the same Redis. It sends `SET key 1 NX PX milliseconds` for each
 * request.
 *
 * It keeps its promise as far as Redis keeps what it has confirmed. That needs `appendonly yes`, `appendfsync always`,
 * `maxmemory-policy noeviction`, and no failover to a replica that lags behind. `docs/guide/replay.md` says what
 * each topology promises, and how to set servers and clients.
 *
 * @example
 * ```ts
 * const redis = createClient({ url: process.env.REDIS_URL, disableOfflineQueue: true });
 * redis.on('error', (error: Error) => console.error(error.message));
 * await redis.connect();
 * const replayStore = RedisReplayStore.of(redis);
 * ```
 * @category Replay protection
 */
export class RedisReplayStore implements ReplayStore {
  readonly #sendCommand: SendCommand;
  readonly #prefix: string;
  readonly #timeout: number;
  readonly #olderSignatures: OlderSignatures | undefined;
  readonly #pending: PendingReplies;
  readonly #createdAt = Date.now();

  /**
   * A store that uses a client: `createClient`, `createCluster` or `createSentinel` of `redis`; `Redis`, with
   * sentinels too, or `Cluster` of `ioredis`. The client stays yours: connect it, listen to its errors, close it.
   *
   * Throws a TypeError for anything else, and for wrong options. Sends nothing.
   */
  static of(client: AnyRedisClient, options: RedisReplayStoreSettings = {}): RedisReplayStore {
    checkOptions(options, SETTINGS);
    return new RedisReplayStore({ ...options, sendCommand: sendCommandOf(client) });
  }

  /** Throws a TypeError for wrong options. Sends nothing. */
  constructor(options: RedisReplayStoreOptions) {
    checkOptions(options, RULES);
    if (!isFunction(options.sendCommand)) throw new TypeError(`sendCommand: expected ${RULES.sendCommand[0]}`);
    this.#sendCommand = options.sendCommand;
    this.#prefix = options.prefix ?? 'apig-signature:';
    this.#timeout = options.timeout ?? 1;
    this.#olderSignatures = options.olderSignatures;
    this.#pending = new PendingReplies(options.maxPending ?? 10_000);
  }

  /**
   * See {@link ReplayStore.reserve}. Rejects with an Error if Redis is not reachable, is too slow, or sends another
   * reply. Expected replies are `OK` (the key is set now) and null (the key was set before).
   */
  async reserve(signature: string, lifetime: number, date: Date): Promise<boolean> {
    refuseOlder(this.#olderSignatures, this.#createdAt, date);
    const command: Parameters<SendCommand>[0] = ['SET', this.#prefix + signature, '1', 'NX', 'PX', String(lifetime)];
    return answerTo({
      name: 'Redis',
      ask: () => this.#pending.ask(() => this.#sendCommand(command)),
      read: isSet,
      fail: unavailable,
      seconds: this.#timeout,
    });
  }
}

function isSet(reply: unknown): boolean {
  if (reply === 'OK' || reply === null) return reply === 'OK';
  throw new Error('unexpected reply to SET: neither OK nor null');
}

function unavailable(reason: string): never {
  throw new Error(reason);
}
