import { execFileSync } from 'node:child_process';

/** Before all tests: installs what they run beside Node, or fails. */
export default function setup(): void {
  const programs = [
    'curl=curl', //
    'nginx=nginx-light',
    'zsh=zsh',
  ];
  execFileSync('bash', ['test/support/install-programs.sh', ...programs], { stdio: ['ignore', 'inherit', 'inherit'] });
}
