import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What system tests run beside Node: each program, and the Debian package that has it. */
const PACKAGES = {
  bash: 'bash', // commands that are pasted into shells
  zsh: 'zsh',
  curl: 'curl',
  'redis-server': 'redis-server', // replay protection
  chromium: 'chromium', // the signing page
  nginx: 'nginx-light', // what proxies do to signatures
  haproxy: 'haproxy',
  varnishd: 'varnish',
  apache2: 'apache2',
  openssl: 'openssl', // a certificate of the gateway's backend
} as const;

export type Program = keyof typeof PACKAGES;

/** Debian keeps servers where a user's PATH does not look. */
const DIRECTORIES = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];

/** The path of a program. Throws an Error, which says how to get it, if it is missing. */
export function program(name: Program): string {
  const found = whereIs(name);
  if (found) return found;
  throw new Error(
    `This test runs ${name}, which is missing. On Debian: apt-get install ${PACKAGES[name]} (npm test does so)`,
  );
}

/** The path of a file that the build makes. Throws an Error, which says how to build it, if it is missing. */
export function built(path: string): string {
  if (isThere(path)) return path;
  throw new Error(`This test runs ${path}, which is missing: npm run build && npx nest build`);
}

/** The Debian packages of the programs that are missing. */
export function missingPackages(): string[] {
  return Object.entries(PACKAGES).flatMap(([name, from]) => (whereIs(name) ? [] : from));
}

/** The path of any program; nothing if it is missing. */
export function whereIs(name: string): string | undefined {
  return DIRECTORIES.map((directory) => join(directory, name)).find((path) => isThere(path, constants.X_OK));
}

function isThere(path: string, mode?: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
