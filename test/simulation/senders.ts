/** A part of a body, and the milliseconds that pass before it is sent. */
export interface Piece {
  readonly after: number;
  readonly bytes: number;
}

/** A way to send a body. */
export interface Kind {
  readonly name: string;
  /** The pieces of one body. A hostile body has no end: its last piece is followed by nothing. */
  readonly pieces: (random: () => number) => Piece[];
  readonly isHostile?: boolean;
}

const CHUNK = 65_536;
const MEGABYTE = 1_000_000;

/** Splits bytes as a fast network does: into chunks, one a millisecond. */
function burst(bytes: number, after = 0): Piece[] {
  const count = Math.ceil(bytes / CHUNK);
  return Array.from({ length: count }, (_, at) => ({
    after: at === 0 ? after : 1,
    bytes: Math.min(CHUNK, bytes - at * CHUNK),
  }));
}

/** One piece each `every` milliseconds, until all is sent. */
function steady(bytes: number, perSecond: number, every = 500): Piece[] {
  const size = (perSecond * every) / 1000;
  const pieces: Piece[] = [];
  for (let left = bytes; left > 0; left -= size) {
    pieces.push(...burst(Math.min(size, left), pieces.length === 0 ? 0 : every));
  }
  return pieces;
}

function uneven(random: () => number): Piece[] {
  const pieces: Piece[] = [];
  for (let left = MEGABYTE; left > 0;) {
    const bytes = Math.min(left, Math.ceil(random() * CHUNK));
    pieces.push({ after: -Math.log(1 - random()) * 250, bytes });
    left -= bytes;
  }
  return pieces;
}

function ramp(): Piece[] {
  const pieces: Piece[] = [];
  for (let left = MEGABYTE, size = 8192; left > 0; left -= size, size = Math.min(2 * size, CHUNK)) {
    pieces.push({ after: 250, bytes: Math.min(left, size) });
  }
  return pieces;
}

function trickle(bytes: number, every: number): Piece[] {
  return Array.from({ length: 400 }, () => ({ after: every, bytes }));
}

function decaying(): Piece[] {
  const pieces: Piece[] = [];
  for (let size = 262_144; size >= 1; size /= 2) pieces.push(...burst(size, 500), ...burst(size, 500));
  return [...pieces, ...trickle(1, 500)];
}

/** Senders who want to be served. */
export const HONEST = {
  slow: { name: 'slow: 1 MB at 128 KB/s', pieces: () => steady(MEGABYTE, 131_072) },
  fourSeconds: { name: '1 MB in 4 s', pieces: () => steady(MEGABYTE, 250_000) },
  fast: { name: 'fast: 1 MB in 80 ms', pieces: () => steady(MEGABYTE, 13_000_000, 5) },
  small: { name: 'small: 10 KB in 50 ms', pieces: () => steady(10_000, 100_000, 50) },
  large: { name: 'large: 4 MB at 512 KB/s', pieces: () => steady(4 * MEGABYTE, 524_288) },
  uneven: { name: 'uneven: 1 MB in about 8 s', pieces: uneven },
  burstThenSlow: {
    name: 'burst: 500 KB, then 128 KB/s',
    pieces: () => [
      ...burst(500_000),
      ...steady(500_000, 131_072).map((piece, at) => (at ? piece : { ...piece, after: 500 })),
    ],
  },
  pause: {
    name: 'pause of 4 s at 500 KB',
    pieces: () => [
      ...steady(500_000, 250_000),
      ...steady(500_000, 250_000).map((piece, at) => (at ? piece : { ...piece, after: 4000 })),
    ],
  },
  ramp: { name: 'ramp: 32 to 256 KB/s', pieces: ramp },
} satisfies Record<string, Kind>;

/** Senders that attack the others. Their bodies never end. */
export const HOSTILE = {
  idle: { name: 'idle after 512 KB', isHostile: true, pieces: () => burst(524_288) },
  fillThenTrickle: {
    name: '900 KB, then 1 KB/s',
    isHostile: true,
    pieces: () => [...burst(900_000), ...trickle(512, 500)],
  },
  byteNowAndThen: {
    name: '64 KB, then a byte now and then',
    isHostile: true,
    pieces: () => [...burst(CHUNK), ...trickle(1, 500)],
  },
  decaying: { name: 'pace halves each second', isHostile: true, pieces: decaying },
  /** Looks like `slow` until it would end. Chunked, so that no length tells how much is to come. */
  mimic: { name: 'mimic of slow, without an end', isHostile: true, pieces: () => [...steady(960_000, 131_072)] },
  /** Declares and sends all that one body may hold. */
  huge: { name: 'huge: 12 MB at 128 KB/s', isHostile: true, pieces: () => steady(12 * MEGABYTE, 131_072) },
} satisfies Record<string, Kind>;
