import console from 'node:console';
import { cpus } from 'node:os';
import process from 'node:process';

export function medianOf(numbers) {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}

/** What the figures depend on. */
export function machine() {
  const [{ model }, ...others] = cpus();
  return `${model}, ${others.length + 1} cores, Node ${process.version}, OpenSSL ${process.versions.openssl}`;
}

/** Prints a Markdown table; numbers to the right. */
export function printTable(head, rows) {
  const cells = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column].length)));
  const line = (row) =>
    `| ${row.map((cell, at) => (at ? cell.padStart(widths[at]) : cell.padEnd(widths[at]))).join(' | ')} |`;
  const rule = `|${widths.map((width, at) => (at ? '-'.repeat(width + 1) + ':' : '-'.repeat(width + 2))).join('|')}|`;
  console.log([line(cells[0]), rule, ...cells.slice(1).map(line)].join('\n'));
}
