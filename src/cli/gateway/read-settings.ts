import { createSecureContext } from 'node:tls';
import { readSignedHeaders } from '../signed-headers.js';
import { GATEWAY_FLAGS, readCommandLine, type CommandLine } from '../flags.js';
import { readPathPrefix } from '../path-prefix.js';
import { readInput } from '../read-body.js';
import { readUrl } from '../read-url.js';
import { findSigningKey, type Environment } from '../secret-source.js';
import { UsageError } from '../usage-error.js';
import type { Address, GatewaySettings } from './settings.js';
import { isLoopback } from './callers.js';
import { OF_ONE_CONNECTION } from './signed-head.js';

type Flags = CommandLine<keyof typeof GATEWAY_FLAGS>;

const FORM = GATEWAY_FLAGS.listen.form;
const ADDRESS = /^(?:\[([\da-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i;
const NAME = /^(?:\[[\da-f:.]+\]|[\w.-]+)$/i;
const ORIGIN = /^[a-z][\w+.-]*:\/\/[^/\s]+$/i;

/** Reads the command line of `apig-sign gateway`. Throws a UsageError. */
export function readSettings(args: readonly string[], environment: Environment): GatewaySettings {
  const flags: Flags = readCommandLine(args, GATEWAY_FLAGS);
  if (flags.words.length > 0) throw new UsageError('Expected flags only: apig-sign gateway --to http://host:port');
  const to = readBackend(flags.value('to'));
  const listen = readListen(flags.value('listen') ?? '127.0.0.1:8787');
  const isSameHost = to.hostname === listen.hostname || (isLoopback(to.hostname) && isLoopback(listen.hostname));
  if (isSameHost && to.port === listen.port) {
    throw new UsageError('--to and --listen are the same address: the gateway would call itself');
  }
  if (flags.has('quiet') && flags.has('json'))
    throw new UsageError('--quiet and --json contradict each other: give one of them');
  return {
    to,
    listen,
    key: findSigningKey(flags, environment),
    signedHeaders: readNames(flags.value('signed-headers')),
    pathPrefix: readPathPrefix(flags.value('path-prefix')),
    preserveHost: flags.has('preserve-host'),
    allowedHosts: allOf(flags, 'allow-host', NAME),
    allowedOrigins: allOf(flags, 'allow-origin', ORIGIN),
    ca: readAuthority(flags.value('ca'), to.isTls),
    output: flags.has('json') ? 'json' : flags.has('quiet') ? 'none' : 'lines',
  };
}

function readBackend(url: string | undefined): GatewaySettings['to'] {
  const { form } = GATEWAY_FLAGS.to;
  if (url === undefined) throw new UsageError(`--to is missing: ${form}, the backend`);
  const { origin, host, target } = readUrl(url, '--to');
  if (target !== '/') throw new UsageError(`--to has a path, which stays that of each request: ${form}`);
  const { protocol, hostname, port } = new URL(origin);
  const isTls = protocol === 'https:';
  const standard = isTls ? 443 : 80;
  return {
    origin,
    host,
    isTls,
    hostname: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? standard : Number(port),
  };
}

function readNames(value: string | undefined): readonly string[] {
  const names = readSignedHeaders(value) ?? ['host', 'x-sdk-date'];
  const wrong = names.find((name) => OF_ONE_CONNECTION.includes(name));
  if (wrong !== undefined) throw new UsageError(`--signed-headers: ${wrong} is not passed on, and so cannot be signed`);
  return names;
}

function readListen(address: string): Address {
  const [, number, name, port] = ADDRESS.exec(address) ?? [];
  const hostname = number ?? name;
  if (hostname === undefined || Number(port) > 65_535) {
    throw new UsageError(`--listen: ${JSON.stringify(address)} is not an address: ${FORM}`);
  }
  return { hostname: hostname.toLowerCase(), port: Number(port) };
}

function allOf(flags: Flags, name: 'allow-host' | 'allow-origin', expected: RegExp): readonly string[] {
  const values = flags.given.filter(([each]) => each === name).map(([, value]) => value.toLowerCase());
  const wrong = values.find((value) => !expected.test(value));
  if (wrong === undefined) return values;
  throw new UsageError(`--${name}: ${JSON.stringify(wrong)} is not valid: ${GATEWAY_FLAGS[name].form}`);
}

function readAuthority(file: string | undefined, isTls: boolean): Buffer | undefined {
  if (file === undefined) return undefined;
  if (!isTls) throw new UsageError('--ca belongs to a backend under https: --to https://host:port');
  const ca = readInput(file, GATEWAY_FLAGS.ca.form);
  try {
    if (!/-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----/.test(ca.toString('latin1'))) throw new Error('no certificate');
    createSecureContext({ ca });
    return ca;
  } catch {
    throw new UsageError(`${GATEWAY_FLAGS.ca.form} does not hold certificates as PEM text`);
  }
}
