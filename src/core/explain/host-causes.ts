import { told, type Guess, type SeenRequest } from './guess.js';
import { canonicalHeadersOf } from '../scheme/wire-request.js';

/** Headers in which proxies tell what host was asked for. */
const HOST_HEADERS = ['x-forwarded-host', 'x-original-host', 'x-host', 'forwarded'];
const USUAL_PORTS = ['80', '443', '8080', '8443'];
/** Hosts in one header, one for each proxy, that are looked at. */
const MOST_HOSTS = 4;

/** The host without its port, and with others. */
export function* otherPorts(seen: SeenRequest): Iterable<Guess> {
  for (const host of told(seen.headers, ['host'])) yield* portGuesses(seen, host);
}

/** The hosts that headers tell of: as they are, without their ports, and with others. */
export function* otherHosts(seen: SeenRequest): Iterable<Guess> {
  for (const value of told(seen.headers, HOST_HEADERS)) {
    for (const each of value.split(',', MOST_HOSTS)) {
      const host = /host="?([^";]*)/i.exec(each)?.[1] ?? each.trim();
      yield* guessOf(seen, host);
      yield* portGuesses(seen, host);
    }
  }
}

function* portGuesses(seen: SeenRequest, host: string): Iterable<Guess> {
  const name = host.replace(/:\d*$/, '');
  yield* guessOf(seen, name);
  for (const port of [...told(seen.headers, ['x-forwarded-port']), ...USUAL_PORTS])
    yield* guessOf(seen, `${name}:${port}`);
}

function* guessOf({ headers, parts: { signedHeaders } }: SeenRequest, host: string): Iterable<Guess> {
  if (!signedHeaders.includes('host')) return;
  const withHost = new Map(signedHeaders.map((name) => [name, name === 'host' ? [host] : headers.get(name)!]));
  const canonicalHeaders = canonicalHeadersOf(withHost, signedHeaders);
  if (canonicalHeaders !== undefined) yield { canonicalHeaders };
}
