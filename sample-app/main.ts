import { NestFactory } from '@nestjs/core';
import { createAdapter } from './adapter.js';
import { AppModule } from './app.module.js';
import { printHints } from './hints.js';
import { settings } from './settings.js';

// ApigSignatureModule needs no code here.
const app = await NestFactory.create(AppModule, createAdapter(settings.adapter));
await app.listen(settings.port, settings.usesSampleKeys ? '127.0.0.1' : '0.0.0.0');

if (settings.usesSampleKeys) {
  console.log('\nSample keys from sample-app/.env: listening on 127.0.0.1 only. Yours go into APIG_SIGNATURE_KEYS.');
}
await printHints(app);
