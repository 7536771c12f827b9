import { UsageError } from './usage-error.js';

/** The parts of a URL as curl sends them. */
export interface ReadUrl {
  readonly origin: string;
  /** The Host header that curl sends: without the default port of the scheme. */
  readonly host: string;
  readonly target: string;
}

const FORM = 'http://host[:port]/path?query';
const URL_PARTS = /^(?:(https?):\/\/)?([^/?]*)(.*)$/is;
const HOST = /^(\[[\da-f:.]+\]|[\w.-]+)(?::(\d+))?$/i;
const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: '80', https: '443' };

/**
 * Splits a URL, and leaves its path and query as they are. `new URL()` would change them. Without a scheme it is
 * `http`, as with curl. Throws a UsageError, which begins with
 * `name`, for what curl would not send as it stands.
 */
export function readUrl(url: string, name = 'URL'): ReadUrl {
  const [, scheme = 'http', authority = '', rest = ''] = URL_PARTS.exec(url) ?? [];
  if (authority.includes('@')) {
    throw new UsageError(`${name}: name and password have no place beside a signature: ${FORM}`);
  }
  if (rest.includes('#'))
    throw new UsageError(`${name}: nothing from # on would be sent; a # in a value is %23: ${FORM}`);
  const [, hostname, port] = HOST.exec(authority) ?? [];
  if (hostname === undefined || Number(port ?? 0) > 65_535) throw new UsageError(`${name}: expected ${FORM}`);
  const isDefault = port === undefined || port === DEFAULT_PORTS[scheme.toLowerCase()];
  return {
    origin: `${scheme.toLowerCase()}://${authority}`,
    host: isDefault ? hostname : `${hostname}:${port}`,
    target: rest.startsWith('/') ? rest : `/${rest}`,
  };
}
