import type { Keyring } from '../../core/keys/keyring.js';
import { brief, MASK } from '../../core/printable.js';
import type { ResolvedRoutePolicy } from '../apig-signature.options.js';
import type { DeclaredHandler } from './declared-handlers.js';
import { namesOf, signedOnes, type Warning } from './startup.warnings.js';

const SECONDS_PER_DAY = 86_400;

/** The warning that refused requests are let through. */
export function modeWarning(mode: 'enforce' | 'report' | undefined): Warning {
  return mode === 'report'
    ? "mode 'report': every request is let through, and what would be refused is told in the log and to onVerdict only"
    : undefined;
}

/** The warning about handlers with replay protection that accept unsigned bodies, which an attacker can replace. */
export function swappableBodiesWarning(
  handlers: readonly (Pick<DeclaredHandler, 'name'> & {
    readonly policy: Pick<ResolvedRoutePolicy, 'unsignedPayload' | 'replayProtection'>;
  })[],
): Warning {
  const swappable = handlers.filter(({ policy }) => policy.replayProtection && policy.unsignedPayload === 'accept');
  return swappable.length === 0
    ? undefined
    : `replayProtection together with unsignedPayload: 'accept', at ${namesOf(swappable)}: an attacker who holds a ` +
        "request up can send it on with another unsigned body. Set unsignedPayload: 'refuse'";
}

/**
 * The warning about a memory store in a process that seems to be one of several. Such a process is a worker of
 * `node:cluster`, or has a number above 0 from PM2 (`NODE_APP_INSTANCE`). A single process has number 0.
 */
export function memoryStoreWarning(
  isMemoryStore: boolean,
  isWorker: boolean,
  appInstance: string | undefined,
): Warning {
  return isMemoryStore && (isWorker || Number(appInstance) > 0)
    ? 'replayProtection: this looks like one of several processes, and MemoryReplayStore keeps replays from this one ' +
        'only. Give forRoot() a replayStore that all of them share: RedisReplayStore'
    : undefined;
}

/** The warning about a clock skew that was probably written in milliseconds. */
export function clockSkewWarning(clockSkew = 0): Warning {
  return clockSkew <= SECONDS_PER_DAY
    ? undefined
    : `clockSkew: a request is accepted for ${clockSkew} seconds from its date, which is more than a day. The unit is ` +
        'seconds, not milliseconds';
}

/** The warning about handlers with a `bodyLimit` of more bytes than may wait in memory. */
export function heldBytesWarning(handlers: readonly DeclaredHandler[], heldBytes: number): Warning {
  const tooLarge = signedOnes(handlers).filter(({ policy }) => policy.bodyLimit > heldBytes);
  return tooLarge.length === 0
    ? undefined
    : `heldBytes is ${heldBytes}, and bodyLimit is larger at ${namesOf(tooLarge)}: a signed body of more than ` +
        `${heldBytes} bytes is always refused with HELD_BYTES_EXCEEDED. Raise heldBytes, or lower bodyLimit`;
}

/** The warning about handlers that allow unknown keys. If a function finds the keys, nothing is known about them. */
export function unknownKeysWarning(
  handlers: readonly DeclaredHandler[],
  keyring: Pick<Keyring, 'knownSecrets' | 'isKnownSecret'>,
): Warning {
  const known = keyring.knownSecrets();
  const unknownAt = ({ policy: { allowedKeys = [] } }: DeclaredHandler) => allowedKeys.filter((key) => !known.has(key));
  const wrong = signedOnes(handlers).filter((handler) => unknownAt(handler).length > 0);
  if (known.size === 0 || wrong.length === 0) return undefined;
  const unknown = wrong.flatMap(unknownAt).map((key) => ({ name: keyring.isKnownSecret(key) ? MASK : brief(key) }));
  return (
    `allowedKeys at ${namesOf(wrong)} has names of keys that are not among the signing keys: ${namesOf(unknown)}. ` +
    'Requests of these keys are refused with KEY_UNKNOWN'
  );
}
