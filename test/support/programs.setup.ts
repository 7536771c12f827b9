import { execFileSync } from 'node:child_process';

/** What tests run besides Node: a program, and the package of Debian's that it comes in. */
const PROGRAMS = [
  'chromium=chromium', //
];

/** Installs those that are not there, before any test. Throws if that fails. */
export default function installPrograms(): void {
  execFileSync('test/support/install-programs.sh', PROGRAMS, { stdio: 'inherit' });
}
