/** The router, by whose rules a path is read. */
export type Router = 'express' | 'fastify';

/** A part of a route's path between slashes. `rest` may stand for any number of segments, or for none. */
export interface Segment {
  readonly kind: 'static' | 'dynamic' | 'rest';
  readonly text: string;
  /** Whether the fixed text has a character that this router does not recognise when it is escaped. */
  readonly isFragile: boolean;
  readonly parameters: number;
}

/**
 * The fragile characters. Express matches the path as it came. Fastify decodes it first, but not the escapes of these.
 */
const FRAGILE: Readonly<Record<Router, RegExp>> = { express: /[!-.:-@[-`{-~]/, fastify: /[$&+,:;=@]/ };
/** Parts of a path that may match several segments, or none. */
const OPEN: Readonly<Record<Router, RegExp>> = { express: /[*{(+]/, fastify: /\*|:.*[(?]/ };

const EXPRESS_TOKEN = /\\(.)|[:*](?:[\w$]+|"[^"]*")?|[{}()]/g;

/**
 * Whether one signature may lead to both routes. A path of the first route may belong to the second one if a fixed
 * character is escaped. Returns the first fixed text that differs. If in doubt, it reports the routes.
 */
export function textThatAnEscapeAvoids(
  ours: readonly Segment[],
  theirs: readonly Segment[],
  router: Router,
): string | undefined {
  let avoided: string | undefined;
  for (let at = 0; at < Math.max(ours.length, theirs.length); at++) {
    const [our, their] = [ours[at], theirs[at]];
    if (our?.kind === 'rest' || their?.kind === 'rest') {
      return avoided ?? ours.slice(at).find(({ isFragile }) => isFragile)?.text;
    }
    if (!our || !their) return undefined;
    if (our.kind === 'static' && their.kind === 'static') {
      if (our.text.toLowerCase() === their.text.toLowerCase()) continue;
      if (router === 'fastify' || decoded(our.text) !== decoded(their.text)) return undefined;
    }
    if (our.isFragile) avoided ??= our.text;
  }
  return avoided;
}

/** Whether an escape of a separator moves the border between two parameters. */
export function hasMovableBorder(segments: readonly Segment[], router: Router): boolean {
  // Fastify decodes a whole segment before it splits it.
  return router === 'express' && segments.some((each) => each.isFragile && each.parameters > 1);
}

/** The path without its last segment. */
export function pathAbove(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

/**
 * Whether a route takes the paths of another route when they have a final slash. `isNearer`: whether a third route
 * takes the path above, so that the other route does not get it.
 */
export function takesWithSlash(
  path: string,
  other: string,
  mayBeEmpty: 'wildcard' | 'parameter',
  isNearer: boolean,
): boolean {
  const [segments, others] = [segmentsOf(path, 'fastify'), segmentsOf(other, 'fastify')];
  const last = segments.pop()!;
  if (isNearer && segments.length === others.length) return false;
  const isBelow = segments.every((each, at) => mayMeet(each, others[at]));
  // A wildcard takes every path below it that has no route of its own. A path with the slash has none.
  if (last.kind === 'rest') return /^\*\w*$/.test(last.text) && !other.includes('*') && isBelow && other !== '/';
  // A parameter with an expression of its own may not be empty.
  const isParameter = mayBeEmpty === 'parameter' && /^:\w+$/.test(last.text);
  return isParameter && segments.length > 0 && segments.length === others.length && isBelow;
}

/** Whether one segment of a path may match both. */
function mayMeet(one: Segment, other: Segment | undefined): boolean {
  if (!other) return false;
  return one.kind === 'dynamic' || other.kind === 'dynamic' || one.text === other.text;
}

/** Reads a route's path as its router does. */
export function segmentsOf(path: string, router: Router): Segment[] {
  const parts = path.split('/').slice(1);
  const open = parts.findIndex((part) => OPEN[router].test(part));
  const texts = open < 0 ? parts : [...parts.slice(0, open), parts.slice(open).join('/')];
  return texts.map((text, at) => {
    const { fixed, parameters } = router === 'express' ? readExpress(text) : readFastify(text);
    const kind = at === open ? 'rest' : parameters > 0 ? 'dynamic' : 'static';
    return { kind, text, isFragile: FRAGILE[router].test(fixed), parameters };
  });
}

function readExpress(text: string): { fixed: string; parameters: number } {
  let parameters = 0;
  const fixed = text.replace(EXPRESS_TOKEN, (token, literal: string | undefined) => {
    if (/^[:*(]/.test(token)) parameters++;
    return literal ?? '';
  });
  return { fixed, parameters };
}

/** Only the text before a parameter is compared before the path is decoded. */
function readFastify(text: string): { fixed: string; parameters: number } {
  const pieces = text.replaceAll('::', '\0').split(/[:*]/);
  return { fixed: pieces[0]!.replaceAll('\0', ':'), parameters: pieces.length - 1 };
}

function decoded(text: string): string {
  return text.toLowerCase().replace(/%([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}
