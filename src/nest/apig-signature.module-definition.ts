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

/** The token of the options without the keys. The module does not export MODULE_OPTIONS_TOKEN, which has the keys. */
export const PUBLIC_OPTIONS = Symbol('nestjs-apig-signature options');

/** Hides the keys. Nest's container keeps each provider, so a log of the application would show the keys. */
function withHiddenKeys(provider: Provider): Provider {
  if (!('provide' in provider) || provider.provide !== MODULE_OPTIONS_TOKEN) return provider;
  if ('useValue' in provider) return { ...provider, useValue: hideKeys(provider.useValue) };
  return 'useFactory' in provider ? { ...provider, useFactory: hidingKeysOf(provider.useFactory) } : provider;
}
