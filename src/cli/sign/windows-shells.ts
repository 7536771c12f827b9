import type { CommandWords } from '../../core/curl-command.js';
import { UsageError } from '../usage-error.js';

/** How Windows cuts a command line into words: the characters that need no quotes around them. */
const PLAIN = /^[\w.:/@=,+~-]+$/;
/** The longest line that cmd.exe takes; an environment variable, which PowerShell is given, takes four times as much. */
const LONGEST_LINE = { cmd: 8191, powershell: 32_000 } as const;
const VARIABLE = 'APIG_SIGN_ARGUMENTS';

/** The shells of Windows that a command may be written for. */
export type WindowsShell = keyof typeof LONGEST_LINE;

/**
 * A command on one line for a prompt of Windows. Throws a UsageError for bytes beyond printable ASCII, which no two
 * versions of Windows pass on alike, and for a line that is too long.
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

/** Every character that cmd.exe might read is escaped, so that for it there are no quotes and no variables. */
function forCmd(words: readonly string[]): string {
  return words.map((word) => quote(word).replace(/[()%!^"<>&|]/g, '^$&')).join(' ');
}

/**
 * PowerShell before 7.3 passes words with quotes on in another way than later versions do. What stands after `--%` all
 * of them pass on as it is, but for variables: so the words are put into one.
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

/** A word as the C runtime of Windows reads it: backslashes count only before a quote. */
function quote(word: string): string {
  if (PLAIN.test(word)) return word;
  // A run of backslashes is looked at from its start alone.
  return `"${word.replace(/(?<!\\)(\\*)"/g, '$1$1\\"').replace(/(?<!\\)\\+$/, '$&$&')}"`;
}
