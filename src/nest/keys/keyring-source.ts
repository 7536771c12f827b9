import { Inject, Injectable, Logger } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Keyring, type Keys, type ReadKeyring } from '../../core/keys/keyring.js';
import { MODULE_OPTIONS_TOKEN } from '../apig-signature.module-definition.js';
import type { ApigSignatureOptions } from '../apig-signature.options.js';
import { CONFIG_SERVICE, readKeysSettings, type ConfigServiceType } from './configured-keys.js';
import { keysOf } from './hidden-keys.js';

/** The shortest secret, in characters, that the gateway's console accepts. */
const SHORTEST_SECRET = 16;

/** Secrets in documentation and samples, and the secrets in the README and the guide of this package. */
const SAMPLE = /^(signature|sample|example|test|your|my|app)[-_ ]?(signature|key|app)?[-_ ]?secret[-_ ]?\d*$/i;
const DOCUMENTED = ['Xk3_vR8-mQ2tZ7wN5bLd', 'H7#kq2Wm!x9Rt4Lz', 'n9Tz!r5Kw_2pXe7Q', 'p3Vd_8sYb@Q6nJc1'];

/**
 * Stray characters at one end of a secret that was copied, pasted or exported. `\s` matches the byte order mark too.
 */
const STRAY_END = /^[\s"'`\u2018-\u201f]|[\s"'`\u2018-\u201f]$/;

/** Signs that a secret is a mistake, and the warning for each. */
const WARNINGS: readonly (readonly [isSo: (secret: string) => boolean, warning: string])[] = [
  [(secret) => SAMPLE.test(secret) || DOCUMENTED.includes(secret), 'uses a published sample secret'],
  [({ length }) => length < SHORTEST_SECRET, `has a secret of less than ${SHORTEST_SECRET} characters`],
  [
    isLike(STRAY_END),
    'has a secret with a blank, a line break, a quote or a byte order mark at one of its ends; all of it is the secret',
  ],
];

/** Reads the signing keys: the option `keys`, or the settings of ConfigService. */
@Injectable()
export class KeyringSource {
  readonly #logger = new Logger('ApigSignature');
  readonly #keys: Keys | undefined;
  #keyring: Keyring | undefined;

  readonly #moduleRef: ModuleRef;
  readonly #configService: ConfigServiceType | undefined;

  constructor(
    @Inject(MODULE_OPTIONS_TOKEN) options: ApigSignatureOptions,
    @Inject(ModuleRef) moduleRef: ModuleRef,
    @Inject(CONFIG_SERVICE) configService: ConfigServiceType | undefined,
  ) {
    this.#moduleRef = moduleRef;
    this.#configService = configService;
    this.#keys = keysOf(options);
  }

  /**
   * The keyring. It is read at the first call, because a constructor sees values from before an asynchronous `load`.
   * Throws an Error if there are no keys, or if the keys cannot work. The error names the setting and shows no secret.
   */
  load(): ReadKeyring {
    return (this.#keyring ??= this.#read());
  }

  #read(): Keyring {
    const [keys, setting] =
      this.#keys === undefined ? readKeysSettings(this.#moduleRef, this.#configService) : [this.#keys, 'keys'];
    const keyring = new Keyring(keys, setting);
    for (const [isSo, warning] of WARNINGS) {
      for (const key of keyring.keysWithSecretsThat(isSo)) this.#logger.warn(`${setting}: ${key} ${warning}`);
    }
    return keyring;
  }
}

function isLike(pattern: RegExp): (secret: string) => boolean {
  return (secret) => pattern.test(secret);
}
