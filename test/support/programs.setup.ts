import { execFileSync } from 'node:child_process';

/** What tests run beside Node: program and Debian package. A missing one is installed, or the tests fail. */
const PROGRAMS = [
  'curl=curl', // commands that are printed
  'zsh=zsh',
  'redis-server=redis-server', // replay protection
  'chromium=chromium', // the signing page
  'nginx=nginx-light', // what proxies do to signatures
];

export default function setup(): void {
  execFileSync('bash', ['test/support/install-programs.sh', ...PROGRAMS], { stdio: 'inherit' });
}
