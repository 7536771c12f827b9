import { headerGuess, told, type Guess, type SeenRequest } from './guess.js';

/** Headers in which proxies tell what host was asked for. */
const HOST_HEADERS = ['x-forwarded-host', 'x-original-host', 'x-host', 'forwarded'];
const USUAL_PORTS = ['80', '443', '8080', '8443'];
/** Hosts in one header, one for each proxy, that are looked at. */
const MOST_HOSTS = 4;

/** The host without its port, and with others. */
export function* otherPorts(seen: SeenRequest): Iterable<Guess> {
  for (const host of told(seen.headers, ['host'])) yield* portGuesses(seen, host);
}

/** The hosts that headers tell of: as they are, without their ports, and with others. And the host in small letters. */
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
