import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { ApigSignatureOptions } from './apig-signature.options.js';

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<ApigSignatureOptions>({ moduleName: 'ApigSignature' })
    .setClassMethodName('forRoot')
    .setExtras({ isGlobal: true }, (definition, { isGlobal }) => ({ ...definition, global: isGlobal }))
    .build();

/** Of the options without the keys. MODULE_OPTIONS_TOKEN, which has them, is not exported from the module. */
export const PUBLIC_OPTIONS = Symbol('nestjs-apig-signature options');
