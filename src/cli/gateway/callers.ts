import type { IncomingMessage } from 'node:http';
import { isIPv4 } from 'node:net';
import { brief } from '../../core/printable.js';
import type { GatewaySettings } from './settings.js';

/** An answer of the gateway itself. */
export interface OwnAnswer {
  readonly status: number;
  readonly text: string;
}

type Rules = Pick<GatewaySettings, 'listen' | 'allowedHosts' | 'allowedOrigins'>;

const HOST = /^(\[[\da-f:.]+\]|[\w.-]+)(?::\d+)?$/i;

/**
 * Why a request is not signed. Returns nothing if it may be signed. The gateway signs for every caller that reaches it,
 * so web pages must not reach it. Origin or Sec-Fetch-Site shows a page of another origin. Host shows a page whose name
 * was pointed at this machine.
 */
export function refuseRequest(request: IncomingMessage, rules: Rules): OwnAnswer | undefined {
  if (!request.url?.startsWith('/')) return { status: 400, text: 'The request target must be a path: /path?query.' };
  const encodings = valuesOf(request, 'transfer-encoding');
  if (encodings.length > 0 && (request.httpVersion !== '1.1' || encodings.join().toLowerCase() !== 'chunked')) {
    return { status: 400, text: 'This Transfer-Encoding cannot be passed on: send chunked, or a Content-Length.' };
  }
  const hosts = valuesOf(request, 'host');
  if (hosts.length > 1) return { status: 400, text: 'The request has more than one Host.' };
  const host = hosts[0]?.toLowerCase() ?? '';
  const [, name = ''] = HOST.exec(host) ?? [];
  if (!isOwnName(name, rules)) {
    return forbidden(`The Host ${quote(host)} is not this gateway. If it is yours, start with --allow-host NAME.`);
  }
  const origins = valuesOf(request, 'origin').map((origin) => origin.toLowerCase());
  if (origins.length === 1 && rules.allowedOrigins.includes(origins[0]!)) return undefined;
  if (origins.some((origin) => origins.length > 1 || origin !== `http://${host}`)) {
    return forbidden(`A web page of ${quote(origins.join())} may not use this gateway: see --allow-origin ORIGIN.`);
  }
  const sites = valuesOf(request, 'sec-fetch-site');
  if (sites.some((site) => site !== 'same-origin' && site !== 'none')) {
    return forbidden('A web page of another origin may not use this gateway: type the address instead.');
  }
  return undefined;
}

/** Whether only this computer can reach an address. */
export function isLoopback(name: string): boolean {
  return name === 'localhost' || /^\[?::1\]?$/.test(name) || (isIPv4(name) && name.startsWith('127.'));
}

function isOwnName(name: string, { listen, allowedHosts }: Rules): boolean {
  const isListen = name === listen.hostname || name === `[${listen.hostname}]`;
  return isLoopback(name) || isListen || allowedHosts.includes(name);
}

/** All values of a header. `headers` shows only one value for some names. */
function valuesOf({ rawHeaders }: IncomingMessage, name: string): string[] {
  return rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]!.toLowerCase() === name);
}

function forbidden(text: string): OwnAnswer {
  return { status: 403, text };
}

function quote(text: string): string {
  return `"${brief(text)}"`;
}
