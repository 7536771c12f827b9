const LONGEST = 100_000;
const DEEPEST = 50;
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s"{}[\],:]+/g;

/**
 * JSON with a line for each member. Every token stays as it is: numbers keep their digits, and repeated names stay.
 * What is not JSON, or is very long or deep, is given back as it is.
 *
 * @param {string} text
 */
export function indented(text) {
  if (!/^\s*[{[]/.test(text) || text.length > LONGEST || !isJson(text)) return text;
  const parts = [];
  let depth = 0;
  let before = '';
  for (const [token] of text.matchAll(TOKENS)) {
    const closes = token === '}' || token === ']';
    const opened = before === '{' || before === '[';
    if (closes) depth -= 1;
    if ((opened && !closes) || before === ',' || (closes && !opened)) parts.push(`\n${'  '.repeat(depth)}`);
    if (before === ':') parts.push(' ');
    if (token === '{' || token === '[') depth += 1;
    if (depth > DEEPEST) return text;
    parts.push(token);
    before = token;
  }
  return parts.join('');
}

/** @param {string} text */
function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false; // shown as it is
  }
}
