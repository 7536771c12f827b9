import type { Environment } from '../secret-source.js';
import { UsageError } from '../usage-error.js';
import { isLoopback } from './callers.js';
import type { Failure } from './failures.js';
import { Gateway } from './gateway.js';
import { RequestLog, type Output } from './request-log.js';
import { readSettings } from './read-settings.js';

const LISTEN_FAILURES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there; name another port with --listen 127.0.0.1:PORT',
  EADDRNOTAVAIL: 'this machine does not have that address',
  EACCES: 'this user may not listen there; take a port above 1023',
};

/**
 * `apig-sign gateway`: listens, and prints what it does. Gives the function that ends it. Rejects with a UsageError for
 * wrong flags, and for an address that it cannot listen on.
 */
export async function startGateway(
  args: readonly string[],
  environment: Environment,
  output: Output,
): Promise<() => Promise<void>> {
  const settings = readSettings(args, environment);
  const { listen, to, key } = settings;
  const log = new RequestLog(settings.output, key.secret, output);
  const gateway = new Gateway(settings, log);
  const shown = listen.hostname.includes(':') ? `[${listen.hostname}]` : listen.hostname;
  const port = await gateway.listen().catch((reason: unknown) => {
    const error = reason as Failure;
    throw new UsageError(`--listen ${shown}:${listen.port}: ${LISTEN_FAILURES[error.code ?? ''] ?? error.message}`);
  });
  log.start(`http://${shown}:${port}`, to.origin, key.key);
  if (!isLoopback(listen.hostname)) {
    log.warn(`Warning: everyone who reaches ${shown}:${port} is signed as ${key.key}. Listen on 127.0.0.1 if you can.`);
  }
  return () => gateway.close();
}
