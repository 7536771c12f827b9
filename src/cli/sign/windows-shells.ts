import type { CommandWords } from '../../core/curl-command.js';
import { UsageError } from '../usage-error.js';

/** The characters that need no quotes when Windows splits a command line into words. */
const PLAIN = /^[\w.:/@=,+~-]+$/;
/** The longest line that cmd.exe takes. An environment variable, which PowerShell gets, may be four times as long. */
const LONGEST_LINE = { cmd: 8191, powershell: 32_000 } as const;
const VARIABLE = 'APIG_SIGN_ARGUMENTS';

/** The shells of Windows that a command may be written for. */
export type WindowsShell = keyof typeof LONGEST_LINE;

/**
 * A command on one line for a prompt of Windows. Throws a UsageError for a line that is too long, and for bytes beyond
 * printable ASCII, because versions of Windows pass them on differently.
 */
export function windowsCommand({ words, input }: CommandWords, shell: WindowsShell): string {
  if (input !== undefined || words.some((word) => /[^\x20-\x7e]/.test(word))) {
    const remedy = 'put a body into a file, and give --data-binary @FILE';
    throw new UsageError(`--shell ${shell}: only printable ASCII can be typed there: ${remedy}`);
  }
  const command = shell === 'cmd' ? forCmd(words) : forPowerShell(words);
  if (command.length <= LONGEST_LINE[shell]) return command;
  throw new UsageError(
    `--shell ${shell}: the command is too long: put the body into a file, and give --data-binary @FILE`,
  );
}

/** Every character with a meaning in cmd.exe is escaped, so that cmd.exe sees no quotes and no variables. */
function forCmd(words: readonly string[]): string {
  return words.map((word) => quote(word).replace(/[()%!^"<>&|]/g, '^$&')).join(' ');
}

/**
 * PowerShell before 7.3 passes words with quotes in another way than later versions. All versions pass the text after
 * `--%` as it is, except for variables. So the words go into one variable.
 */
function forPowerShell([program, ...words]: readonly string[]): string {
  // In Windows PowerShell, `curl` alone is another command.
  const start = `${program}.exe`;
  const isSimple = words.every((word) => /^[^"]*[^"\\]$/.test(word));
  if (isSimple) return [start, ...words.map(literal)].join(' ');
  return `$env:${VARIABLE} = ${literal(words.map(quote).join(' '))}; ${start} --% %${VARIABLE}%`;
}

function literal(text: string): string {
  return /^[A-Za-z_./:][\w./:-]*$|^-{1,2}[a-zA-Z][\w-]*$/.test(text) ? text : `'${text.replaceAll("'", "''")}'`;
}

/** A word as the C runtime of Windows reads it. Backslashes have a meaning only before a quote. */
function quote(word: string): string {
  if (PLAIN.test(word)) return word;
  // The search starts only at the beginning of a run of backslashes.
  return `"${word.replace(/(?<!\\)(\\*)"/g, '$1$1\\"').replace(/(?<!\\)\\+$/, '$&$&')}"`;
}
