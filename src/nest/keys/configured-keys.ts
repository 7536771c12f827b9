import { readFileSync } from 'node:fs';
import type { Provider, Type } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import type { Keys } from '../../core/keys/keyring.js';
import { KEYS_FILE_SETTING, KEYS_SETTING, parseKeysSetting } from '../../core/keys/keys-setting.js';
import { MODULE_OPTIONS_TOKEN } from '../apig-signature.module-definition.js';
import type { ApigSignatureOptions } from '../apig-signature.options.js';
import { keysOf } from './hidden-keys.js';

/**
 * The used part of the class ConfigService of `@nestjs/config`. Its own type is not used: the package may not be
 * installed.
 */
export type ConfigServiceType = Type<{ get(setting: string): unknown }>;

/**
 * The token of the class ConfigService. It is `undefined` if the option `keys` is set, or `@nestjs/config` is not
 * installed.
 */
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
 * The keys of the application's own ConfigService, and the setting that has them. Throws an Error if no setting has
 * keys, both settings have keys, or the file cannot be read. The error names the setting and does not show its value.
 */
export function readKeysSettings(
  moduleRef: ModuleRef,
  type: ConfigServiceType | undefined,
): [keys: Keys, setting: string] {
  // This finds the application's own service. A ConfigModule imported in our module would hide it.
  const config = type && found(() => moduleRef.get(type, { strict: false }));
  const [value, file] = [KEYS_SETTING, KEYS_FILE_SETTING].map((setting) => config?.get(setting) ?? '');
  if (value !== '' && file !== '') {
    throw new Error(`${KEYS_SETTING} and ${KEYS_FILE_SETTING} are both set: expected one of them`);
  }
  // Keyring checks the keys.
  if (file !== '') return [parseKeysSetting(readText(file), KEYS_FILE_SETTING) as Keys, KEYS_FILE_SETTING];
  if (value !== '') return [(typeof value === 'string' ? parseKeysSetting(value) : value) as Keys, KEYS_SETTING];
  throw new Error(
    `No signing keys: set ${KEYS_SETTING} in the environment ({"key":"secret"}) and import ConfigModule.forRoot(), ` +
      'or give ApigSignatureModule.forRoot() the option keys' +
      (type ? '' : ' (@nestjs/config, which has ConfigModule, is not installed)'),
  );
}

/** The text of a file. Messages do not show the path, because by mistake it may be the secrets themselves. */
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

/** Whether the package itself is missing, and not one of its dependencies. */
function isNotInstalled(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return /^(ERR_)?MODULE_NOT_FOUND$/.test(code ?? '') && message.includes("'@nestjs/config'");
}
