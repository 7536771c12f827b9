import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Programs that tests run, and the packages that they are in. */
const PROGRAMS = [
  'bash=bash', //
  'curl=curl',
  'zsh=zsh',
];

/** Installs what is missing, once for all tests. Fails, and with it the run, if that cannot be done. */
export default function setup(): void {
  execFileSync(join(import.meta.dirname, 'install-programs.sh'), PROGRAMS, { stdio: ['ignore', 'inherit', 'inherit'] });
}
