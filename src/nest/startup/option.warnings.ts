import type { ReadKeyring } from '../../core/keys/keyring.js';
import { brief, MASK } from '../../core/printable.js';
import type { ResolvedRoutePolicy } from '../apig-signature.options.js';
import type { DeclaredHandler } from './declared-handlers.js';
import { namesOf, signedOnes, type Warning } from './startup.warnings.js';

const SECONDS_PER_HOUR = 3600;

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
    : `replayProtection together with unsignedPayload: 'accept', at ${namesOf(swappable)}: an attacker who stops a ` +
        "request on its way can send it with another unsigned body. Set unsignedPayload: 'refuse'";
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

/** For a replay store that nothing asks. `isAsked`: whether the module, or a handler, turns replay protection on. */
export function unusedReplayStoreWarning(hasStore: boolean, isAsked: boolean): Warning {
  return hasStore && !isAsked
    ? 'replayStore is set, and replayProtection is not: a signed request can be sent again. Set replayProtection: true ' +
        'in forRoot(), or in @RequireApigSignature() on a route'
    : undefined;
}

/** The warning about a clock skew that was probably written in milliseconds. */
export function clockSkewWarning(clockSkew = 0): Warning {
  return clockSkew <= SECONDS_PER_HOUR
    ? undefined
    : `clockSkew: a request is accepted for ${clockSkew} seconds from its date, which is more than an hour. The unit is ` +
        'seconds, not milliseconds';
}

/**
 * For handlers whose `bodyLimit` leaves a body no room in memory. A body takes a little more than its own bytes there.
 */
export function heldBytesWarning(handlers: readonly DeclaredHandler[], heldBytes: number): Warning {
  const takesBodies = ({ method }: DeclaredHandler) => method !== 'GET' && method !== 'HEAD';
  const tooLarge = signedOnes(handlers).filter((each) => takesBodies(each) && each.policy.bodyLimit >= heldBytes);
  return tooLarge.length === 0
    ? undefined
    : `heldBytes is ${heldBytes}, which is not more than bodyLimit at ${namesOf(tooLarge)}: a signed body of about ` +
        `${heldBytes} bytes is refused with HELD_BYTES_EXCEEDED, unless a parser reads it before the guard. ` +
        'Raise heldBytes, or lower bodyLimit';
}

/** The warning about handlers that allow unknown keys. If a function finds the keys, nothing is known about them. */
export function unknownKeysWarning(
  handlers: readonly DeclaredHandler[],
  keyring: Pick<ReadKeyring, 'knownSecrets' | 'isKnownSecret'>,
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
