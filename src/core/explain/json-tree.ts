/** A parsed JSON text. A value without members keeps its text, so that `1.0` stays `1.0`. */
export type JsonTree = string | readonly JsonTree[] | { readonly members: readonly (readonly [string, JsonTree])[] };

/** The text between members. */
export interface Layout {
  readonly name: string;
  readonly comma: string;
  readonly colon: string;
  /** The indent of a line for each level of depth. Not set: everything is on one line. */
  readonly indent?: string;
  /** The text between a bracket and its content, if both are on one line. */
  readonly edge?: string;
  /** Whether lists stay on their line, as Jackson writes them. */
  readonly hasFlatLists?: boolean;
}

/** A string in JSON. */
export const JSON_STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/g;
const TOKEN = new RegExp(`${JSON_STRING.source}|[{}[\\],:]|[^\\s{}[\\],:"]+`, 'g');

/** Reads a text that must be JSON, and not too deep for recursion. */
export function readJson(text: string): JsonTree {
  const tokens = text.match(TOKEN)!;
  let at = 0;
  const next = () => tokens[at++]!;
  const read = (): JsonTree => {
    const token = next();
    if (token === '[') return listOf(']', read);
    if (token !== '{') return token;
    return { members: listOf('}', () => [next(), (next(), read())] as const) };
  };
  const listOf = <T>(end: string, item: () => T): T[] => {
    const items: T[] = [];
    if (tokens[at] === end) at += 1;
    else
      do items.push(item());
      while (next() !== end);
    return items;
  };
  return read();
}

/** Writes a text in a layout. */
export function writeJson(tree: JsonTree, layout: Layout, depth = 0): string {
  if (typeof tree === 'string') return tree;
  if ('members' in tree) {
    const members = tree.members.map(([name, value]) => name + layout.colon + writeJson(value, layout, depth + 1));
    return enclosed('{', members, '}', layout, depth, layout.indent !== undefined);
  }
  const isFlat = layout.hasFlatLists === true;
  const items = tree.map((item) => writeJson(item, layout, isFlat ? depth : depth + 1));
  return enclosed('[', items, ']', layout, depth, layout.indent !== undefined && !isFlat);
}

function enclosed(open: string, items: string[], close: string, layout: Layout, depth: number, onLines: boolean) {
  const { comma, edge = '', indent = '' } = layout;
  if (items.length === 0) return open + (layout.hasFlatLists ? ' ' : '') + close;
  if (!onLines) return open + edge + items.join(comma) + edge + close;
  const line = '\n' + indent.repeat(depth);
  return open + line + indent + items.join(`,${line}${indent}`) + line + close;
}

/** How many levels of members a tree has. */
export function depthOf(tree: JsonTree): number {
  if (typeof tree === 'string') return 0;
  const inner = 'members' in tree ? tree.members.map(([, value]) => value) : tree;
  return 1 + inner.reduce((depth, value) => Math.max(depth, depthOf(value)), 0);
}

/** The tree with the members of each object sorted by name. */
export function sorted(tree: JsonTree): JsonTree {
  return mapMembers(tree, (members) => members.toSorted(([a], [b]) => (nameOf(a) < nameOf(b) ? -1 : 1)));
}

/** The tree without members that are null, which some libraries leave out. */
export function withoutNulls(tree: JsonTree): JsonTree {
  return mapMembers(tree, (members) => members.filter(([, value]) => value !== 'null'));
}

/** The tree with other texts in place of its names and of its values without members. */
export function mapTexts(tree: JsonTree, map: (text: string) => string): JsonTree {
  if (typeof tree === 'string') return map(tree);
  if (!('members' in tree)) return tree.map((item) => mapTexts(item, map));
  return { members: tree.members.map(([name, value]) => [map(name), mapTexts(value, map)] as const) };
}

type Members = readonly (readonly [string, JsonTree])[];

function mapMembers(tree: JsonTree, map: (members: Members) => Members): JsonTree {
  if (typeof tree === 'string') return tree;
  if (!('members' in tree)) return tree.map((item) => mapMembers(item, map));
  return { members: map(tree.members).map(([name, value]) => [name, mapMembers(value, map)] as const) };
}

function nameOf(text: string): string {
  return JSON.parse(text) as string;
}
