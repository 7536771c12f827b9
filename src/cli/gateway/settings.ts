import type { SigningKey } from '../secret-source.js';

/** An address: a name or a number without brackets, and a port. */
export interface Address {
  readonly hostname: string;
  readonly port: number;
}

/** What the gateway does, as its flags say. */
export interface GatewaySettings {
  /** The backend that requests go to. `host` is its Host header. */
  readonly to: Address & { readonly origin: string; readonly host: string; readonly isTls: boolean };
  readonly listen: Address;
  readonly key: SigningKey;
  /** Lower-case names of the headers that are signed if a request has them. `x-sdk-date` is among them. */
  readonly signedHeaders: readonly string[];
  /** The prefix of the signed path. The sent path does not have it. Empty: none. */
  readonly pathPrefix: string;
  readonly preserveHost: boolean;
  /** Further host names, in lower case, that requests may name, besides loopback and `listen`. */
  readonly allowedHosts: readonly string[];
  /** Further origins of web pages, in lower case, that may use the gateway, besides its own. */
  readonly allowedOrigins: readonly string[];
  /** The certificates of the authority that issued the backend's certificate. Default: those that Node knows. */
  readonly ca: Buffer | undefined;
  readonly output: 'lines' | 'json' | 'none';
}
