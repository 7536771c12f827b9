import { restyled, stylesFor } from './json-styles.js';
import {
  depthOf,
  JSON_STRING,
  mapTexts,
  readJson,
  sorted,
  withoutNulls,
  writeJson,
  type JsonTree,
  type Layout,
} from './json-tree.js';

/** Another text of the same values, and in words how it is written. */
export interface Spelling {
  readonly text: string;
  readonly how: string;
}

const LAYOUTS: readonly Layout[] = [
  { name: 'compact', comma: ',', colon: ':' },
  { name: 'with ", " and ": "', comma: ', ', colon: ': ' },
  { name: 'indented by two blanks', comma: ',', colon: ': ', indent: '  ' },
  { name: 'indented by four blanks', comma: ',', colon: ': ', indent: '    ' },
  { name: 'indented by a tab', comma: ',', colon: ': ', indent: '\t' },
  { name: 'indented as Jackson does', comma: ', ', colon: ' : ', indent: '  ', edge: ' ', hasFlatLists: true },
  { name: 'indented by one blank', comma: ',', colon: ': ', indent: ' ' },
  { name: 'with "," and ": "', comma: ',', colon: ': ' },
  { name: 'with ", " and ":"', comma: ', ', colon: ':' },
  { name: 'with blanks inside the braces', comma: ', ', colon: ': ', edge: ' ' },
  { name: 'with ", " and " : "', comma: ', ', colon: ' : ' },
  { name: 'indented by three blanks', comma: ',', colon: ': ', indent: '   ' },
];

interface Change<T> {
  readonly name: string;
  readonly change: (value: T) => T;
}

const VALUES: readonly Change<JsonTree>[] = [
  { name: '', change: (tree) => tree },
  { name: 'with sorted keys', change: sorted },
  { name: 'with numbers as JavaScript writes them', change: (tree) => mapTexts(tree, asJavaScript) },
  { name: 'without members that are null', change: withoutNulls },
];

const VALUE_COSTS = [0, 2, 2, 4];

/** How editors, shells and other systems change the ends and the line breaks of a text. */
const ENDINGS: readonly Change<string>[] = [
  { name: '', change: (text) => text },
  { name: 'with a final line break', change: (text) => `${text}\n` },
  { name: 'with CRLF for line breaks', change: toCrLf },
  { name: 'with a final CRLF', change: (text) => `${text}\r\n` },
  { name: 'with a byte order mark', change: (text) => `\ufeff${text}` },
  { name: 'with CRLF for line breaks, the final one too', change: (text) => `${toCrLf(text)}\r\n` },
  { name: 'with a byte order mark and a final line break', change: (text) => `\ufeff${text}\n` },
  { name: 'with a byte order mark and CRLF for line breaks', change: (text) => `\ufeff${toCrLf(text)}` },
];
const ENDING_COSTS = [0, 2, 3, 3, 4, 5, 6, 6];

/** How to undo additions to a text: at its ends, or in its line breaks. */
const ADDITIONS: readonly Change<string>[] = [
  { name: '', change: (text) => text },
  { name: 'without the final line break', change: (text) => text.replace(/\r?\n$/, '') },
  { name: 'with LF for line breaks', change: toLf },
  { name: 'with LF for line breaks, without the final one', change: (text) => toLf(text).trimEnd() },
  { name: 'without the byte order mark', change: (text) => text.replace(/^\ufeff/, '') },
  // trim() takes a byte order mark off too.
  { name: 'without blanks and line breaks at the ends', change: (text) => text.trim() },
];

/** The longest indented text, in characters. */
const MOST_INDENTED = 2 ** 18;

/** The highest cost of a choice that is tried. A less likely choice has a higher cost. */
const HIGHEST_COST = 8;

/** The parts of a spelling: a position in each of four lists. */
type Choice = readonly [values: number, style: number, layout: number, ending: number];

/**
 * The text of a JSON body as libraries write it, the likeliest spellings first. `text` must be JSON, and not too deep
 * for recursion.
 */
export function* jsonSpellings(text: string): Iterable<Spelling> {
  const tree = readJson(text);
  const styles = stylesFor(compact(tree));
  const trees = VALUES.map(({ change }) => change(tree));
  const isNew = trees.map((each, at) => trees.findIndex((other) => compact(other) === compact(each)) === at);
  const known = new Map<string, JsonTree>();
  const styledTree = (values: number, style: number): JsonTree => {
    const name = `${values} ${style}`;
    const tree = known.get(name) ?? mapTexts(trees[values]!, (part) => restyled(part, styles[style]!));
    known.set(name, tree);
    return tree;
  };
  const grown = (text.match(/[,{}[\]]/g)?.length ?? 0) * depthOf(tree);
  for (const [values, style, layout, ending] of choices(styles.length)) {
    const { indent = '' } = LAYOUTS[layout]!;
    if (!isNew[values] || text.length + grown * indent.length > MOST_INDENTED) continue;
    const styled = styledTree(values, style);
    const written = ENDINGS[ending]!.change(writeJson(styled, LAYOUTS[layout]!));
    yield { text: written, how: inWords(LAYOUTS[layout]!, VALUES[values]!, styles[style]!, ENDINGS[ending]!) };
  }
}

/** The text with other ends and line breaks and, if it is JSON, with other escapes in its strings. */
export function* sameLayout(text: string, isJson: boolean): Iterable<Spelling> {
  for (const addition of ADDITIONS) {
    for (const ending of ENDINGS) {
      yield { text: ending.change(addition.change(text)), how: inWords(addition, ending) };
    }
  }
  if (!isJson) return;
  for (const style of stylesFor(text)) {
    const styled = text.replace(JSON_STRING, (part) => restyled(part, style));
    for (const ending of ENDINGS) yield { text: ending.change(styled), how: inWords(style, ending) };
  }
}

/** The choices in the order of their cost. The first member of a list costs nothing, and later members cost more. */
function choices(styles: number): Choice[] {
  const all: Choice[] = [];
  for (const values of VALUES.keys()) {
    for (let style = 0; style < styles; style++) {
      for (const layout of LAYOUTS.keys()) {
        for (const ending of ENDINGS.keys()) all.push([values, style, layout, ending]);
      }
    }
  }
  return all.filter((choice) => costOf(choice) <= HIGHEST_COST).sort((a, b) => costOf(a) - costOf(b));
}

function costOf([values, style, layout, ending]: Choice): number {
  return VALUE_COSTS[values]! + 0.6 * style + 0.5 * layout + ENDING_COSTS[ending]!;
}

function compact(tree: JsonTree): string {
  return writeJson(tree, LAYOUTS[0]!);
}

function inWords(...parts: readonly { readonly name: string }[]): string {
  return parts
    .map(({ name }) => name)
    .filter((name) => name !== '')
    .join(', ');
}

function toCrLf(text: string): string {
  return text.replace(/\r?\n/g, '\r\n');
}

function toLf(text: string): string {
  return text.replaceAll('\r\n', '\n');
}

function asJavaScript(text: string): string {
  return text.startsWith('"') ? text : JSON.stringify(JSON.parse(text));
}
