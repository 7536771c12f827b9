import { Inject, Injectable, Logger } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { ModuleRef } from '@nestjs/core';
import { Keyring, type Keys } from '../../core/keys/keyring.js';
import { KEYS_SETTING, parseKeysSetting } from '../../core/keys/keys-setting.js';
import { MODULE_OPTIONS_TOKEN } from '../apig-signature.module-definition.js';
import type { ApigSignatureOptions } from '../apig-signature.options.js';
import { keysOf } from './hidden-keys.js';

/** What the gateway's console asks of a secret. */
const SHORTEST_SECRET = 16;

/** Secrets out of documentation and samples, this package's own among them. */
const SAMPLE_SECRET = /^(signature|sample|example|test|your|my|app)[-_ ]?(signature|key|app)?[-_ ]?secret[-_ ]?\d*$/i;

/** Reads the signing keys: the option `keys`, or APIG_SIGNATURE_KEYS of ConfigService. */
@Injectable()
export class KeyringSource {
  readonly #logger = new Logger('ApigSignature');
  readonly #keys: Keys | undefined;
  #keyring: Keyring | undefined;

  readonly #moduleRef: ModuleRef;

  constructor(@Inject(MODULE_OPTIONS_TOKEN) options: ApigSignatureOptions, @Inject(ModuleRef) moduleRef: ModuleRef) {
    this.#moduleRef = moduleRef;
    this.#keys = keysOf(options);
  }

  /**
   * The keyring, read when first asked for. No earlier: a constructor sees values from before an asynchronous `load`.
   * Throws an Error that names the setting, and shows no secret, if there are no keys or they could not work.
   */
  load(): Keyring {
    return (this.#keyring ??= this.#read());
  }

  #read(): Keyring {
    const [keys, setting] = this.#keys === undefined ? [this.#readConfig(), KEYS_SETTING] : [this.#keys, 'keys'];
    const keyring = new Keyring(keys, setting);
    for (const key of keyring.keysWithSecretsThat((secret) => SAMPLE_SECRET.test(secret))) {
      this.#logger.warn(`${setting}: ${key} has a sample for a secret, which everybody knows`);
    }
    for (const key of keyring.keysWithSecretsThat((secret) => secret.length < SHORTEST_SECRET)) {
      this.#logger.warn(`${setting}: ${key} has a secret of less than ${SHORTEST_SECRET} characters`);
    }
    return keyring;
  }

  #readConfig(): Keys {
    const value = this.#configService()?.get<unknown>(KEYS_SETTING);
    if (value === undefined || value === null || value === '') {
      throw new Error(
        `No signing keys: set ${KEYS_SETTING} in the environment ({"key":"secret"}) and import ConfigModule.forRoot(), ` +
          'or give ApigSignatureModule.forRoot() the option keys',
      );
    }
    // Keyring checks what comes of it.
    return (typeof value === 'string' ? parseKeysSetting(value) : value) as Keys;
  }

  /** The application's own: ConfigModule imported in our module would shadow it. */
  #configService(): ConfigService | undefined {
    try {
      return this.#moduleRef.get(ConfigService, { strict: false });
    } catch {
      return undefined;
    }
  }
}
