/**
 * Sends a command and promises the reply.
 *
 * @category Replay protection
 */
export type SendCommand = (args: [command: string, ...args: string[]]) => Promise<unknown>;

/**
 * A client that `createClient` of `redis` made.
 *
 * @category Replay protection
 */
export interface NodeRedisClient {
  /** Whether the client is connected. */
  readonly isReady: boolean;
  /** Chooses a database. */
  select(database: number): Promise<unknown>;
  /** Sends a command. */
  sendCommand(args: string[]): Promise<unknown>;
}

/**
 * A client that `createCluster` of `redis` made.
 *
 * @category Replay protection
 */
export interface NodeRedisCluster {
  /** The nodes that hold each slot. */
  readonly slots: readonly unknown[];
  /** The masters. */
  readonly masters: readonly unknown[];
  /** Sends a command to the node that holds the key. */
  sendCommand(firstKey: string, isReadonly: boolean, args: string[]): Promise<unknown>;
}

/**
 * A client that `createSentinel` of `redis` made.
 *
 * @category Replay protection
 */
export interface NodeRedisSentinel {
  /** The present master. */
  getMasterNode(): unknown;
  /** The sentinel that is asked. */
  getSentinelNode(): unknown;
  /** Sends a command to the master, or to any node if it only reads. */
  sendCommand(isReadonly: boolean, args: string[]): Promise<unknown>;
}

/**
 * `Redis`, with sentinels too, or `Cluster` of `ioredis`.
 *
 * @category Replay protection
 */
export interface IoRedisClient {
  /** Whether the client is for a cluster. */
  readonly isCluster: boolean;
  /** The state of the connection. */
  readonly status: string;
  /** Sends a command. */
  call(command: string, ...args: string[]): Promise<unknown>;
}

/**
 * A client of Redis or Valkey. The package recognises a client by its members, so that no client has to be installed.
 *
 * @category Replay protection
 */
export type AnyRedisClient = NodeRedisClient | NodeRedisCluster | NodeRedisSentinel | IoRedisClient;

/**
 * A function that sends commands through a client. The first argument of a command is a key. Throws a TypeError for a
 * value that is not a client.
 */
export function sendCommandOf(client: AnyRedisClient): SendCommand {
  // Some objects look like a client, but are not: a transaction, a pipeline, a pool, a leased connection.
  if (has(client, { call: 'function', status: 'string', isCluster: 'boolean' })) {
    return (args) => (client as IoRedisClient).call(...args);
  }
  if (has(client, { sendCommand: 'function', getMasterNode: 'function', getSentinelNode: 'function' })) {
    return (args) => (client as NodeRedisSentinel).sendCommand(false, args);
  }
  if (has(client, { sendCommand: 'function', slots: 'object', masters: 'object' })) {
    return (args) => (client as NodeRedisCluster).sendCommand(args[1] ?? '', false, args);
  }
  if (has(client, { sendCommand: 'function', isReady: 'boolean', select: 'function' })) {
    return (args) => (client as NodeRedisClient).sendCommand(args);
  }
  throw new TypeError(
    "client: expected createClient(), createCluster() or createSentinel() of 'redis', or Redis or Cluster of 'ioredis'",
  );
}

function has(client: unknown, members: Readonly<Record<string, string>>): boolean {
  if (typeof client !== 'object' || client === null) return false;
  return Object.entries(members).every(([name, type]) => typeof (client as Record<string, unknown>)[name] === type);
}
