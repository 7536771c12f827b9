import type { HeldShare } from '../../src/http/held-bytes.js';
import { Clock, randomFrom } from './clock.js';
import type { Kind } from './senders.js';

/** An account of held bytes, whatever its rule of who goes. */
export interface Account {
  readonly total: number;
  open(giveWay: () => void): HeldShare;
}

/** What is compared: who goes at the limit, and when one who went may come again. */
export interface Rule {
  readonly name: string;
  readonly account: (limit: number, now: () => number) => Account;
  /** Seconds that `Retry-After` says. */
  readonly retryAfter: (now: () => number, random: () => number) => () => number;
}

/** Some senders of one kind. */
export interface Group {
  readonly kind: Kind;
  readonly count: number;
  /** Milliseconds between the first try of one and the next one. */
  readonly stagger?: number;
  /** Milliseconds after which the first of them begins. */
  readonly from?: number;
  /** What one does who is sent away. Not set: comes back when `Retry-After` says. */
  readonly again?: 'never' | 'at once';
}

export interface Scenario {
  readonly name: string;
  readonly heldBytes: number;
  readonly groups: readonly Group[];
}

export interface Outcome {
  /** By the group's position. */
  readonly served: number[];
  readonly sentAway: number[];
  /** Seconds until the last honest sender that was served. */
  seconds: number;
}

/** Milliseconds after which nobody tries again. */
const PATIENCE = 75_000;
const CHUNK_OVERHEAD = 512;
/** From the refusal until a sender who does not wait is back. */
const AT_ONCE = 50;

/** Plays a scenario: senders, the account, and nothing between them that takes time. */
export function play(scenario: Scenario, rule: Rule, seed: number): Outcome {
  const clock = new Clock();
  const random = randomFrom(seed);
  const now = () => clock.now;
  const account = rule.account(scenario.heldBytes, now);
  const retryAfter = rule.retryAfter(now, random);
  const outcome: Outcome = { served: scenario.groups.map(() => 0), sentAway: scenario.groups.map(() => 0), seconds: 0 };

  const tryToSend = (group: Group, position: number): void => {
    let left = false;
    let held = 0;
    const share = account.open(() => {
      left = true;
      outcome.sentAway[position]! += 1;
      if (group.again === 'never') return;
      const wait = group.again === 'at once' ? AT_ONCE : retryAfter() * 1000;
      if (clock.now + wait < PATIENCE) clock.after(wait, () => tryToSend(group, position));
    });
    const pieces = group.kind.pieces(random);
    const send = (at: number): void => {
      if (left) return;
      held += pieces[at]!.bytes + CHUNK_OVERHEAD;
      const isLast = at === pieces.length - 1;
      if (isLast && !group.kind.isHostile) {
        share.settle();
        share.set(0);
        outcome.served[position]! += 1;
        outcome.seconds = clock.now / 1000;
        return;
      }
      share.set(held);
      if (!isLast) clock.after(pieces[at + 1]!.after, () => send(at + 1));
    };
    clock.after(pieces[0]!.after, () => send(0));
  };

  scenario.groups.forEach((group, position) => {
    for (let each = 0; each < group.count; each++) {
      clock.after((group.from ?? 0) + each * (group.stagger ?? 10), () => tryToSend(group, position));
    }
  });
  clock.runUntil(PATIENCE);
  return outcome;
}
