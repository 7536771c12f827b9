import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Cluster, Redis } from 'ioredis';
import { createClient, createCluster, createSentinel } from 'redis';
import {
  type NodeRedisClient,
  type NodeRedisCluster,
  type NodeRedisSentinel,
  RedisReplayStore,
  type RedisReplayStoreSettings,
} from '../../src/core/index.js';
import { freePort } from './free-port.js';
import { RedisServer } from './redis.js';

/** A store with a client of its own. */
export interface ConnectedStore {
  readonly store: RedisReplayStore;
  readonly close: () => void;
}

/** Servers that stand for one Redis, and clients for them as the guide makes them. */
export interface Topology {
  /** The master that a test harms. */
  readonly master: RedisServer;
  /** Its replicas. */
  readonly replicas: readonly RedisServer[];
  /**
   * A store with these settings, and a client that drops a connection on which nothing comes for `socketTimeout`
   * milliseconds; 0 is never.
   */
  connect(
    kind: 'redis' | 'ioredis',
    socketTimeout: number,
    settings?: RedisReplayStoreSettings,
  ): Promise<ConnectedStore>;
  stop(): Promise<void>;
}

/** Options for the servers, as for `min-replicas-to-write`. */
type Start = (...options: string[]) => Promise<Topology>;

const ofRedis = (port: number, socketTimeout: number) => ({
  url: `redis://127.0.0.1:${port}`,
  ...connectionOf(socketTimeout),
});

/** With a socketTimeout, node-redis needs pings, since it drops idle connections, and it connects anew only if told so. */
const connectionOf = (socketTimeout: number) => ({
  disableOfflineQueue: true,
  ...(socketTimeout > 0 && {
    pingInterval: socketTimeout / 2,
    socket: { socketTimeout, reconnectStrategy: (retries: number) => Math.min(50 * 2 ** retries, 1000) },
  }),
});

const ofIoRedis = (socketTimeout: number) => ({
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  ...(socketTimeout > 0 && { socketTimeout }),
});

const single: Start = async (...options) => {
  const master = await RedisServer.start(...options);
  return {
    master,
    replicas: [],
    async connect(kind, socketTimeout, settings) {
      if (kind === 'redis') return ready(createClient(ofRedis(master.port, socketTimeout)), settings);
      return ready(new Redis(master.port, '127.0.0.1', ofIoRedis(socketTimeout)), settings);
    },
    stop: () => master.stop(),
  };
};

const sentinel: Start = async (...options) => {
  const master = await RedisServer.start(...options);
  const follow = ['--replicaof', `127.0.0.1 ${master.port}`];
  const replicas = [await RedisServer.start(...options, ...follow), await RedisServer.start(...options, ...follow)];
  await until(
    'both replicas are in step',
    master,
    ['INFO', 'replication'],
    /connected_slaves:2[^]*state=online[^]*state=online/,
  );
  const sentinels: RedisServer[] = [];
  for (let number = 0; number < 3; number++) sentinels.push(await RedisServer.startSentinel(master));
  for (const each of sentinels)
    await until('the sentinels know each other', each, ['INFO', 'sentinel'], /slaves=2,sentinels=3/);
  const nodes = sentinels.map(({ port }) => ({ host: '127.0.0.1', port }));
  return {
    master,
    replicas,
    async connect(kind, socketTimeout, settings) {
      if (kind === 'ioredis')
        return ready(new Redis({ name: 'main', sentinels: nodes, ...ofIoRedis(socketTimeout) }), settings);
      return ready(
        createSentinel({
          name: 'main',
          sentinelRootNodes: nodes,
          nodeClientOptions: connectionOf(socketTimeout),
          scanInterval: 1000,
        }),
        settings,
      );
    },
    stop: () => stopAll([...sentinels, ...replicas, master]),
  };
};

/** Three masters with two replicas each. */
const cluster: Start = async (...options) => {
  const nodes: RedisServer[] = [];
  const busPorts: number[] = [];
  for (let number = 0; number < 9; number++) {
    const busPort = await freePort();
    const forCluster = [
      '--cluster-enabled',
      'yes',
      '--cluster-node-timeout',
      '2000',
      '--cluster-port',
      String(busPort),
    ];
    nodes.push(await RedisServer.start(...options, ...forCluster));
    busPorts.push(busPort);
  }
  const [first] = nodes as [RedisServer];
  for (const [number, node] of nodes.entries()) {
    await command(node, 'CLUSTER', 'SET-CONFIG-EPOCH', String(number + 1));
    if (number > 0) await command(node, 'CLUSTER', 'MEET', '127.0.0.1', String(first.port), String(busPorts[0]));
  }
  const masters = nodes.slice(0, 3);
  const bounds = [0, 5461, 10923, 16384];
  for (const [number, node] of masters.entries()) {
    await command(node, 'CLUSTER', 'ADDSLOTSRANGE', String(bounds[number]), String(bounds[number + 1]! - 1));
  }
  for (const node of nodes)
    await until('the nodes know each other', node, ['CLUSTER', 'INFO'], /cluster_known_nodes:9/);
  for (const [number, node] of nodes.slice(3).entries()) {
    const id = String(await command(masters[number % 3]!, 'CLUSTER', 'MYID'));
    await until('the master is known', node, ['CLUSTER', 'NODES'], new RegExp(`${id} [^\n]* connected \\d`));
    await command(node, 'CLUSTER', 'REPLICATE', id);
  }
  for (const node of nodes) await until('the cluster is whole', node, ['CLUSTER', 'INFO'], /cluster_state:ok/);
  for (const node of masters)
    await until(
      'both replicas are in step',
      node,
      ['INFO', 'replication'],
      /connected_slaves:2[^]*state=online[^]*state=online/,
    );
  const roots = masters.map(({ port }) => ({ host: '127.0.0.1', port }));
  return {
    master: first,
    replicas: [nodes[3]!, nodes[6]!],
    async connect(kind, socketTimeout, settings) {
      if (kind === 'ioredis') {
        return ready(
          new Cluster(roots, {
            enableOfflineQueue: false,
            redisOptions: ofIoRedis(socketTimeout),
            slotsRefreshInterval: 1000,
          }),
          settings,
        );
      }
      const rootNodes = masters.map(({ port }) => ({ url: `redis://127.0.0.1:${port}` }));
      return ready(createCluster({ rootNodes, defaults: connectionOf(socketTimeout) }), settings);
    },
    stop: () => stopAll(nodes),
  };
};

export const topologies = { single, sentinel, cluster } as const;

type IoRedis = Redis | Cluster;

/**
 * What the three kinds of client of `redis` share. Their own types name every command of every Redis module:
 * to compare three of them with each other costs the compiler two gigabytes.
 */
type NodeRedis = (NodeRedisClient | NodeRedisCluster | NodeRedisSentinel) & {
  on(event: 'error', listener: () => void): unknown;
  connect(): Promise<unknown>;
  destroy(): unknown;
};

/** Waits until a client is connected. What it loses later is its own affair. */
async function ready(client: NodeRedis | IoRedis, settings?: RedisReplayStoreSettings): Promise<ConnectedStore> {
  client.on('error', () => undefined);
  const store = RedisReplayStore.of(client, settings);
  if (isIoRedis(client)) {
    await once(client, 'ready');
    return { store, close: () => client.disconnect() };
  }
  await client.connect();
  return { store, close: () => void client.destroy() };
}

function isIoRedis(client: NodeRedis | IoRedis): client is IoRedis {
  return 'call' in client;
}

/** Sends one command over a connection of its own. */
export async function command(server: RedisServer, name: string, ...args: string[]): Promise<unknown> {
  const connection = new Redis(server.port, '127.0.0.1', { enableReadyCheck: false, disableClientInfo: true });
  try {
    return await connection.call(name, ...args);
  } finally {
    connection.disconnect();
  }
}

async function until(
  what: string,
  server: RedisServer,
  [name, ...args]: [string, ...string[]],
  sign: RegExp,
): Promise<void> {
  let reply: unknown;
  for (let tries = 0; tries < 300; tries++) {
    reply = await command(server, name, ...args);
    if (sign.test(String(reply))) return;
    await delay(100);
  }
  throw new Error(`Not within 30 s: ${what}. The last reply:\n${String(reply)}`);
}

async function stopAll(servers: readonly RedisServer[]): Promise<void> {
  await Promise.all(servers.map((server) => server.stop()));
}
