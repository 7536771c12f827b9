import { execFileSync } from 'node:child_process';
import { missingPackages, whereIs } from './programs.js';

/**
 * Installs the Debian packages of missing programs, as root or by sudo: `npm test` asks for it. Where that does not work,
 * the tests that need such a program fail, and say so.
 */
export default function setup(): void {
  const packages = missingPackages();
  if (packages.length === 0 || !whereIs('apt-get')) return;
  console.error(`Tests run programs of these Debian packages, which are installed now: ${packages.join(' ')}`);
  try {
    aptGet('update');
    aptGet('install', '--yes', '--no-install-recommends', ...packages);
  } catch (error) {
    console.error(`They are not installed: ${String(error)}`);
  }
}

function aptGet(...args: string[]): void {
  const [command = '', ...others] = [...(process.getuid?.() === 0 ? [] : ['sudo']), 'apt-get', ...args];
  execFileSync(command, others, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
}
