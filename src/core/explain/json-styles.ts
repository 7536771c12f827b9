/** How libraries escape characters in a JSON text although they need no escape. */
export interface Style {
  readonly name: string;
  /** What the style escapes. */
  readonly rules: readonly Rule[];
}

/** Which characters are escaped, and how. */
interface Rule {
  readonly finds: RegExp;
  readonly escape: (found: string) => string;
}

const lower = (unit: string) => '\\u' + unit.charCodeAt(0).toString(16).padStart(4, '0');
const upper = (unit: string) => '\\u' + unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');

const SLASH: Rule = { finds: /\//g, escape: () => '\\/' };
const ASCII: Rule = { finds: /[^\0-\x7f]/g, escape: lower };
const ASCII_IN_CAPITALS: Rule = { finds: /[^\0-\x7f]/g, escape: upper };
const HTML: Rule = { finds: /[<>&\u2028\u2029]/g, escape: lower };
const HTML_IN_CAPITALS: Rule = { finds: /[<>&\u2028\u2029]/g, escape: upper };
const GSON: Rule = { finds: /[<>&='\u2028\u2029]/g, escape: lower };
const DOTNET: Rule = { finds: /[<>&'+`]/g, escape: upper };
const DOTNET_QUOTE: Rule = { finds: /\\./g, escape: (pair) => (pair === '\\"' ? '\\u0022' : pair) };

/** The styles, most usual first. */
const STYLES: readonly Style[] = [
  { name: '', rules: [] },
  { name: 'with \\u escapes in small letters', rules: [ASCII] },
  { name: 'with / as \\/ and \\u escapes', rules: [SLASH, ASCII] },
  { name: 'with / as \\/', rules: [SLASH] },
  { name: 'with <, > and & as \\u escapes', rules: [HTML] },
  { name: 'with \\u escapes in capitals', rules: [ASCII_IN_CAPITALS] },
  { name: 'with <, > and & as \\u escapes, and others', rules: [HTML, ASCII] },
  { name: 'with <, > and & as \\u escapes in capitals', rules: [HTML_IN_CAPITALS] },
  { name: 'with <, > and & as \\u escapes in capitals, and others', rules: [HTML_IN_CAPITALS, ASCII_IN_CAPITALS] },
  { name: "with <, >, &, = and ' as \\u escapes", rules: [GSON] },
  { name: 'with \\u escapes as .NET writes them', rules: [DOTNET, DOTNET_QUOTE, ASCII_IN_CAPITALS] },
  { name: 'with / as \\/ and \\u escapes in capitals', rules: [SLASH, ASCII_IN_CAPITALS] },
  { name: 'with /, <, > and & escaped', rules: [SLASH, HTML] },
  { name: 'with /, <, > and & escaped, and others', rules: [SLASH, HTML, ASCII] },
];

/** The styles that give different texts for this JSON text. */
export function stylesFor(text: string): readonly Style[] {
  const isUsed = new Map(STYLES.flatMap(({ rules }) => rules).map((rule) => [rule, text.search(rule.finds) >= 0]));
  const byEffect = new Map<string, Style>();
  for (const style of STYLES) {
    const effect = [...isUsed.keys()].map((rule) => Number(isUsed.get(rule) && style.rules.includes(rule))).join('');
    if (!byEffect.has(effect)) byEffect.set(effect, style);
  }
  return [...byEffect.values()];
}

/** The JSON text of a string or a number in a style. */
export function restyled(text: string, { rules }: Style): string {
  if (!text.startsWith('"')) return text;
  const plain = JSON.stringify(JSON.parse(text));
  return rules.reduce((styled, { finds, escape }) => styled.replace(finds, escape), plain);
}
