import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { RedisReplayStore } from '../../src/core/index.js';
import { command, topologies, type Topology } from '../support/redis-topologies.js';

/** What befalls the master under load, given a topology. Over when it has done all that it does. */
const faults = {
  /** A process that ends. Where no replica takes over, it is started again. */
  async kill({ master, replicas }: Topology) {
    await master.kill();
    if (replicas.length > 0) return;
    await delay(1000);
    await master.restart();
  },
  /** A machine that stands still, and then goes on where it was. */
  async hang({ master }: Topology) {
    master.hang();
    await delay(6000);
    master.goOn();
  },
  /** Replicas that miss the last second of their master. */
  async lag({ master, replicas }: Topology) {
    // So that they are in step until they are cut off: what a master confirms in that very moment may be lost too.
    await command(master, 'CLIENT', 'PAUSE', '2000', 'WRITE');
    await delay(200);
    for (const replica of replicas) replica.hang();
    await command(master, 'CLIENT', 'KILL', 'TYPE', 'replica');
    await command(master, 'CLIENT', 'UNPAUSE');
    await delay(1000);
    await master.kill();
    for (const replica of replicas) replica.goOn();
  },
};

export interface Setup {
  readonly topology: keyof typeof topologies;
  readonly kind: 'redis' | 'ioredis';
  readonly fault: keyof typeof faults;
  /** Whether a master writes only while a replica follows it. */
  readonly minReplicas: boolean;
  /** Milliseconds. 0: no delay. */
  readonly socketTimeout: number;
  /** Writes a second. Each is followed by two replays: of itself, and of any that passed before. */
  readonly rate: number;
}

export interface Outcome {
  readonly passed: number;
  /** What was refused because the store was unavailable, replays among it. */
  readonly unavailable: number;
  /**
   * Replays that passed: before the fault, from then until all is well, and of all that passed, once more afterwards.
   */
  readonly replaysBefore: number;
  readonly replaysDuring: number;
  readonly replaysAfter: number;
  /** Seconds from the fault until nothing more is refused. */
  readonly outage: number;
  /** Whether nothing was refused in the last 3 s of the load. It goes on for 40 s after the fault at most. */
  readonly isWell: boolean;
  /** Why the store was unavailable: how often each message came. */
  readonly reasons: Readonly<Record<string, number>>;
}

const MIN_REPLICAS = ['--min-replicas-to-write', '1', '--min-replicas-max-lag', '2'];

/** Puts load on a store, harms its master, waits until all is well, and replays all that passed. */
export async function experiment(setup: Setup): Promise<Outcome> {
  const topology = await topologies[setup.topology](...(setup.minReplicas ? MIN_REPLICAS : []));
  try {
    const { store, close } = await topology.connect(setup.kind, setup.socketTimeout);
    try {
      return await harm(topology, store, setup);
    } finally {
      close();
    }
  } finally {
    await topology.stop();
  }
}

async function harm(topology: Topology, store: RedisReplayStore, { fault, rate }: Setup): Promise<Outcome> {
  const load = new Load(store, rate);
  await delay(2000);
  const replaysBefore = load.replays;
  const begin = performance.now();
  await faults[fault](topology);
  const patience = performance.now() + 40_000;
  const isWell = () => performance.now() - Math.max(load.lastTrouble, begin) >= 3000;
  while (!isWell() && performance.now() < patience) await delay(100);
  const endedWell = isWell();
  await load.end();
  const outage = Math.max(0, load.lastTrouble - begin) / 1000;
  const { unavailable } = load;
  const replaysDuring = load.replays - replaysBefore;
  await load.replayAll();
  const replaysAfter = load.replays - replaysDuring - replaysBefore;
  const passed = load.passed.length;
  const replays = { replaysBefore, replaysDuring, replaysAfter };
  return { passed, unavailable, ...replays, outage, isWell: endedWell, reasons: load.reasons };
}

/** Unique writes at a steady rate, whether or not the last ones are answered, and replays of them. */
class Load {
  /** In the order of their passing. */
  readonly passed: string[] = [];
  readonly #known = new Set<string>();
  readonly reasons: Record<string, number> = {};
  replays = 0;
  unavailable = 0;
  lastTrouble = 0;
  readonly #store: RedisReplayStore;
  readonly #underWay = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;

  constructor(store: RedisReplayStore, rate: number) {
    this.#store = store;
    const begun = performance.now();
    let sent = 0;
    this.#timer = setInterval(() => {
      for (; sent < ((performance.now() - begun) * rate) / 1000; sent++) this.#begin(this.#write());
    }, 10);
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
  }

  /** Replays each that passed. */
  async replayAll(): Promise<void> {
    for (let begin = 0; begin < this.passed.length; begin += 50) {
      await Promise.all(this.passed.slice(begin, begin + 50).map((signature) => this.#replay(signature)));
    }
  }

  #begin(write: Promise<void>): void {
    this.#underWay.add(write);
    void write.finally(() => this.#underWay.delete(write));
  }

  async #write(): Promise<void> {
    const signature = randomBytes(32).toString('hex');
    if (await this.#reserve(signature)) this.#pass(signature);
    await this.#replay(signature);
    const earlier = this.passed[Math.floor(Math.random() * this.passed.length)];
    if (earlier) await this.#replay(earlier);
  }

  /** A signature that was unavailable may pass at its second try: that is no replay. */
  async #replay(signature: string): Promise<void> {
    const hasPassed = this.#known.has(signature);
    if (!(await this.#reserve(signature))) return;
    if (hasPassed) this.replays++;
    else this.#pass(signature);
  }

  #pass(signature: string): void {
    this.passed.push(signature);
    this.#known.add(signature);
  }

  async #reserve(signature: string): Promise<boolean> {
    try {
      return await this.#store.reserve(signature, 960_000, new Date());
    } catch (problem) {
      const { message } = problem as Error;
      this.unavailable++;
      this.lastTrouble = performance.now();
      this.reasons[message] = (this.reasons[message] ?? 0) + 1;
      return false;
    }
  }
}
