import { headerGuess, told, type Guess, type SeenRequest } from './guess.js';

/** Headers in which proxies name the host of the original request. */
const HOST_HEADERS = ['x-forwarded-host', 'x-original-host', 'x-host', 'forwarded'];
const USUAL_PORTS = ['80', '443', '8080', '8443'];
/** The most hosts that are tried in one header. Each proxy may add one. */
const MOST_HOSTS = 4;

/** The host without its port, and with other ports. */
export function* otherPorts(seen: SeenRequest): Iterable<Guess> {
  for (const host of told(seen.headers, ['host'])) yield* portGuesses(seen, host);
}

/**
 * The hosts in such headers: as they are, without their ports, and with other ports. Also the host in small letters.
 */
export function* otherHosts(seen: SeenRequest): Iterable<Guess> {
  for (const value of told(seen.headers, HOST_HEADERS)) {
    for (const each of value.split(',', MOST_HOSTS)) {
      const host = /host="?([^";]*)/i.exec(each)?.[1] ?? each.trim();
      yield* headerGuess(seen, 'host', host);
      yield* portGuesses(seen, host);
    }
  }
  for (const host of told(seen.headers, ['host'])) yield* headerGuess(seen, 'host', host.toLowerCase());
}

function* portGuesses(seen: SeenRequest, host: string): Iterable<Guess> {
  const name = host.replace(/:\d*$/, '');
  yield* headerGuess(seen, 'host', name);
  for (const port of [...told(seen.headers, ['x-forwarded-port']), ...USUAL_PORTS]) {
    yield* headerGuess(seen, 'host', `${name}:${port}`);
  }
}
