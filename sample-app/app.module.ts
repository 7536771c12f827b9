import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { APP_GUARD } from '@nestjs/core';
import { ApigSignatureModule, SignatureGuard } from 'nestjs-apig-signature';
import { SignerPageModule } from 'nestjs-apig-signature/signer-page';
import { HealthController } from './health.controller.js';
import { HelloController } from './hello.controller.js';
import { OrdersController } from './orders.controller.js';
import { settings } from './settings.js';
import { UploadController } from './upload.controller.js';

/** What only developers need. */
const DEVELOPMENT = settings.isProduction ? [] : [SignerPageModule];

const SAMPLE_KEYS = join(import.meta.dirname, '../../sample-app/.env');

@Module({
  imports: [
    // An application whose .env lies where it is started from needs no options here.
    ConfigModule.forRoot({ envFilePath: SAMPLE_KEYS, ignoreEnvFile: !settings.usesSampleKeys }),
    ApigSignatureModule.forRoot(),
    ...DEVELOPMENT,
  ],
  // Hello comes last: on Express the first route that matches wins, and its /:id matches the others' paths too.
  controllers: [HealthController, UploadController, OrdersController, HelloController],
  // Every route needs a signature, but those that say @SkipApigSignature(). Without this line, those need one that say
  // @RequireApigSignature().
  providers: [{ provide: APP_GUARD, useExisting: SignatureGuard }],
})
export class AppModule {}
