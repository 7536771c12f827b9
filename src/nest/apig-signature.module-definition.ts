import { ConfigurableModuleBuilder, type Provider } from '@nestjs/common';
import type { ApigSignatureOptions } from './apig-signature.options.js';
import { hideKeys, hidingKeysOf } from './keys/hidden-keys.js';

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<ApigSignatureOptions>({ moduleName: 'ApigSignature' })
    .setClassMethodName('forRoot')
    .setExtras({ isGlobal: true }, (definition, { isGlobal }) => ({
      ...definition,
      global: isGlobal,
      providers: definition.providers?.map(withHiddenKeys) ?? [],
    }))
    .build();

/** Of the options without the keys. MODULE_OPTIONS_TOKEN, which has them, is not exported from the module. */
export const PUBLIC_OPTIONS = Symbol('nestjs-apig-signature options');

/** Nest's container keeps providers and what they gave, and is a part of all that holds the application. */
function withHiddenKeys(provider: Provider): Provider {
  if (!('provide' in provider) || provider.provide !== MODULE_OPTIONS_TOKEN) return provider;
  if ('useValue' in provider) return { ...provider, useValue: hideKeys(provider.useValue) };
  return 'useFactory' in provider ? { ...provider, useFactory: hidingKeysOf(provider.useFactory) } : provider;
}
