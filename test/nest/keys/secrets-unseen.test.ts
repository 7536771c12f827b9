import { inspect } from 'node:util';
import { Injectable, Module } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import {
  ApigSignatureModule,
  InjectApigSignatureOptions,
  RawBodyInterceptor,
  SignatureGuard,
  SignatureMetrics,
  SignerService,
  type PublicApigSignatureOptions,
} from '../../../src/index.js';
import { KeyringSource } from '../../../src/nest/keys/keyring-source.js';
import { VerificationService } from '../../../src/nest/verification.service.js';
import { SignatureAdmission } from '../../../src/nest/signature-admission.js';
import { KEYS, SECRET } from '../../support/gateway.js';
import { expectGuarded, startGuarded } from '../../support/guarded-app.js';
import { platforms } from '../../support/platforms.js';

@Injectable()
class OptionsReader {
  constructor(@InjectApigSignatureOptions() readonly options: PublicApigSignatureOptions) {}
}

const KEYS_FUNCTION = () => SECRET;

class OptionsFactory {
  create() {
    return { keys: KEYS };
  }
}

@Module({ providers: [OptionsReader] })
class ReaderModule {}

describe.each(platforms)('a secret given as an option, on $name', (platform) => {
  const given = { keys: KEYS, clockSkew: 60, requiredSignedHeaders: ['host'] };
  const sources = [
    ['forRoot()', () => ApigSignatureModule.forRoot(given)],
    ['forRootAsync()', () => ApigSignatureModule.forRootAsync({ useFactory: () => given })],
  ] as const;

  it.each(sources)('is not among the injected options, which are frozen: %s', async (_, module) => {
    const { app } = await startGuarded(platform, [module(), ReaderModule]);
    const { options } = app.get(OptionsReader, { strict: false });
    expect(options).toEqual({ clockSkew: 60, requiredSignedHeaders: ['host'] });
    expect(Object.isFrozen(options)).toBe(true);
  });

  it.each([
    ...sources,
    ['forRoot() of a function', () => ApigSignatureModule.forRoot({ ...given, keys: KEYS_FUNCTION })],
    ['useClass', () => ApigSignatureModule.forRootAsync({ useClass: OptionsFactory })],
  ] as const)('is not seen in a log of the application: %s', async (_, module) => {
    const { app, port } = await startGuarded(platform, [module()]);
    await expectGuarded(port);
    for (const options of [{ depth: 8 }, { depth: 8, showHidden: true }]) {
      expect(inspect(app, { ...options, maxStringLength: 200, maxArrayLength: 50 }).includes(SECRET)).toBe(false);
    }
  });

  it('is not seen in a log of the imported module', async () => {
    const modules = [ApigSignatureModule.forRoot(given), ApigSignatureModule.forRootAsync({ useFactory: () => given })];
    const made = modules.flatMap(({ providers = [] }) => providers) as { useFactory?: () => unknown }[];
    const options = await Promise.all(made.map(({ useFactory }) => useFactory?.()));
    const shown =
      inspect([modules, options], { depth: 10, showHidden: true, getters: true }) + JSON.stringify([modules, options]);
    expect(options).toHaveLength(2);
    expect(shown.includes(SECRET)).toBe(false);
  });

  const owned = [
    ...[ApigSignatureModule, SignatureGuard, SignerService, RawBodyInterceptor],
    ...[SignatureAdmission, VerificationService, SignatureMetrics, KeyringSource],
  ];
  it.each(owned)("is not seen in a log of the package's %o, at any depth", async (provider) => {
    const { app, port } = await startGuarded(platform, [ApigSignatureModule.forRoot(given)]);
    await expectGuarded(port);
    const shown = inspect(app.get<object>(provider, { strict: false }), { depth: 10, getters: true });
    // Not toContain(): its message would be megabytes of what Nest holds.
    expect(shown.includes(SECRET)).toBe(false);
  });
});
