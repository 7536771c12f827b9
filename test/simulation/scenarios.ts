import type { Group, Scenario } from './overload.js';
import { HONEST, HOSTILE, type Kind } from './senders.js';

const MEBIBYTE = 2 ** 20;

/** They come all the time beside the others. */
const SMALL_AND_FAST: readonly Group[] = [
  { kind: HONEST.small, count: 300, stagger: 200 },
  { kind: HONEST.fast, count: 100, stagger: 600 },
];
const SLOW: Group = { kind: HONEST.slow, count: 500, from: 500 };
const FOUR_SECONDS: Group = { kind: HONEST.fourSeconds, count: 160, from: 500 };

const hostile = (kind: Kind, count: number, again?: Group['again']): Group => ({
  kind,
  count,
  stagger: 1,
  ...(again && { again }),
});

/** 30 senders of each honest kind, for whom there is not room enough at one time. */
const EACH_KIND: readonly Group[] = Object.values(HONEST).map((kind) => ({ kind, count: 30, from: 500, stagger: 30 }));

/** Many uploads that are alike. */
export const UPLOADS: readonly Scenario[] = [
  { name: '500 slow', heldBytes: 64 * MEBIBYTE, groups: [SLOW, ...SMALL_AND_FAST] },
  { name: '500 slow, once', heldBytes: 64 * MEBIBYTE, groups: [{ ...SLOW, again: 'never' }, ...SMALL_AND_FAST] },
  {
    name: '500 slow beside 100 idle',
    heldBytes: 64 * MEBIBYTE,
    groups: [SLOW, ...SMALL_AND_FAST, hostile(HOSTILE.idle, 100)],
  },
  {
    name: '500 slow beside 100 idle, back at once',
    heldBytes: 64 * MEBIBYTE,
    groups: [SLOW, ...SMALL_AND_FAST, hostile(HOSTILE.idle, 100, 'at once')],
  },
  { name: '160 of 4 s', heldBytes: 16 * MEBIBYTE, groups: [FOUR_SECONDS, ...SMALL_AND_FAST] },
  {
    name: '160 of 4 s beside 40 idle',
    heldBytes: 16 * MEBIBYTE,
    groups: [FOUR_SECONDS, ...SMALL_AND_FAST, hostile(HOSTILE.idle, 40)],
  },
  {
    name: '160 of 4 s beside 30 that fill, then trickle',
    heldBytes: 16 * MEBIBYTE,
    groups: [FOUR_SECONDS, ...SMALL_AND_FAST, hostile(HOSTILE.fillThenTrickle, 30)],
  },
  {
    name: 'the same, back at once',
    heldBytes: 16 * MEBIBYTE,
    groups: [FOUR_SECONDS, ...SMALL_AND_FAST, hostile(HOSTILE.fillThenTrickle, 30, 'at once')],
  },
];

/** All honest kinds, beside each hostile one. */
export const MIXTURES: readonly Scenario[] = [
  { name: 'nobody', heldBytes: 16 * MEBIBYTE, groups: EACH_KIND },
  ...Object.values(HOSTILE).map((kind) => ({
    name: `60: ${kind.name}`,
    heldBytes: 16 * MEBIBYTE,
    groups: [...EACH_KIND, hostile(kind, 60)],
  })),
  {
    name: `60, back at once: ${HOSTILE.mimic.name}`,
    heldBytes: 16 * MEBIBYTE,
    groups: [...EACH_KIND, hostile(HOSTILE.mimic, 60, 'at once')],
  },
];
