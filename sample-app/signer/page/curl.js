/** @import { RequestToSend } from './sending.js' */

/**
 * The request as a command for sh, bash and zsh, an argument a line.
 *
 * @param {RequestToSend} request
 * @param {string} origin
 */
export function curlCommand({ method, target, headers, body }, origin) {
  // A target goes out as it stands: curl would read [] and {} as patterns, and take /../ away.
  const first = `curl --globoff --path-as-is ${method === 'HEAD' ? '--head' : `-X ${method}`}`;
  const lines = headers.map(([name, value]) => `-H ${quote(value.trim() === '' ? `${name};` : `${name}: ${value}`)}`);
  if (body) {
    // Else curl names a type of its own, which nobody signed.
    if (!headers.some(([name]) => name.toLowerCase() === 'content-type')) lines.push("-H 'Content-Type:'");
    lines.push(`--data-raw ${quote(new TextDecoder('utf-8', { ignoreBOM: true }).decode(body))}`);
  }
  return [first, ...lines, quote(origin + target)].join(' \\\n  ');
}

/**
 * A word that a shell takes as it is.
 *
 * @param {string} word
 */
function quote(word) {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
