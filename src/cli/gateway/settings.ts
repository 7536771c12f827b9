import type { SigningKey } from '../secret-source.js';

/** An address: a name or a number without brackets, and a port. */
export interface Address {
  readonly hostname: string;
  readonly port: number;
}

/** What the gateway does, as its flags say. */
export interface GatewaySettings {
  /** Where requests go. `host` is the Host header that names it. */
  readonly to: Address & { readonly origin: string; readonly host: string; readonly isTls: boolean };
  readonly listen: Address;
  readonly key: SigningKey;
  /** Lower-case names of the headers that are signed where a request has them; `x-sdk-date` is among them. */
  readonly signedHeaders: readonly string[];
  /** Stands before the path that is signed, and not before the path that is sent. Empty: none. */
  readonly pathPrefix: string;
  readonly preserveHost: boolean;
  /** Names of hosts, in lower case, that requests may be for besides loopback and `listen`. */
  readonly allowedHosts: readonly string[];
  /** Origins of web pages, in lower case, that may use the gateway besides its own. */
  readonly allowedOrigins: readonly string[];
  /** Certificates of the authority that the backend's certificate comes from. Not set: those that Node knows. */
  readonly ca: Buffer | undefined;
  readonly output: 'lines' | 'json' | 'none';
}
