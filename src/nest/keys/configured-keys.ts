import { readFileSync } from 'node:fs';
import type { Provider, Type } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import type { Keys } from '../../core/keys/keyring.js';
import { KEYS_FILE_SETTING, KEYS_SETTING, parseKeysSetting } from '../../core/keys/keys-setting.js';
import { MODULE_OPTIONS_TOKEN } from '../apig-signature.module-definition.js';
import type { ApigSignatureOptions } from '../apig-signature.options.js';
import { keysOf } from './hidden-keys.js';

/** The class ConfigService of `@nestjs/config`, as far as it is used. No type of it: applications may be without it. */
export type ConfigServiceType = Type<{ get(setting: string): unknown }>;

/** Of the class ConfigService; `undefined` where the option `keys` makes it needless, or `@nestjs/config` is not installed. */
export const CONFIG_SERVICE = Symbol('ConfigService of @nestjs/config');

/** Loads `@nestjs/config`, an optional peer, only if the keys have to come from it. */
export const configServiceProvider: Provider = {
  provide: CONFIG_SERVICE,
  inject: [MODULE_OPTIONS_TOKEN],
  useFactory: async (options: ApigSignatureOptions): Promise<ConfigServiceType | undefined> => {
    if (keysOf(options) !== undefined) return undefined;
    try {
      return (await import('@nestjs/config')).ConfigService;
    } catch (error) {
      if (isNotInstalled(error)) return undefined;
      throw error;
    }
  },
};

/**
 * The keys of the application's own ConfigService, and the setting that has them. Throws an Error that names the setting,
 * and shows nothing of its value, if none has keys, both have, or the file cannot be read.
 */
export function readKeysSettings(
  moduleRef: ModuleRef,
  type: ConfigServiceType | undefined,
): [keys: Keys, setting: string] {
  // The application's own: ConfigModule imported in our module would shadow it.
  const config = type && found(() => moduleRef.get(type, { strict: false }));
  const [value, file] = [KEYS_SETTING, KEYS_FILE_SETTING].map((setting) => config?.get(setting) ?? '');
  if (value !== '' && file !== '') {
    throw new Error(`${KEYS_SETTING} and ${KEYS_FILE_SETTING} are both set: expected one of them`);
  }
  // Keyring checks what comes of them.
  if (file !== '') return [parseKeysSetting(readText(file), KEYS_FILE_SETTING) as Keys, KEYS_FILE_SETTING];
  if (value !== '') return [(typeof value === 'string' ? parseKeysSetting(value) : value) as Keys, KEYS_SETTING];
  throw new Error(
    `No signing keys: set ${KEYS_SETTING} in the environment ({"key":"secret"}) and import ConfigModule.forRoot(), ` +
      'or give ApigSignatureModule.forRoot() the option keys' +
      (type ? '' : ' (@nestjs/config, which has ConfigModule, is not installed)'),
  );
}

/** The text of a file. Messages do not show the path: by mistake it may be the secrets themselves. */
function readText(file: unknown): string {
  if (typeof file !== 'string') throw new Error(`${KEYS_FILE_SETTING}: expected the path of a file`);
  const bytes = readBytes(file);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes); // without a byte order mark
  } catch {
    throw new Error(`${KEYS_FILE_SETTING}: expected UTF-8 text in the file`);
  }
}

function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    const why = `the system says ${(error as NodeJS.ErrnoException).code}`;
    // eslint-disable-next-line preserve-caught-error -- it shows the path
    throw new Error(`${KEYS_FILE_SETTING}: expected the path of a file that can be read; ${why}`);
  }
}

function found<T>(find: () => T): T | undefined {
  try {
    return find();
  } catch {
    return undefined; // the application does not import ConfigModule
  }
}

/** Whether the package itself is missing, and not something that it needs. */
function isNotInstalled(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return /^(ERR_)?MODULE_NOT_FOUND$/.test(code ?? '') && message.includes("'@nestjs/config'");
}
