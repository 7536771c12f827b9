import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import { ConfigModule, ConfigService, type ConfigModuleOptions } from '@nestjs/config';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { ApigSignatureModule, type ApigSignatureOptions, type Secrets } from '../../../src/index.js';
import { KEY, KEYS, SECRET } from '../../support/gateway.js';
import { expectGuarded, startGuarded, type Imports } from '../../support/guarded-app.js';
import { platforms } from '../../support/platforms.js';
import { RecordedLog } from '../../support/recorded-log.js';

const SETTING = 'APIG_SIGNATURE_KEYS';
const JSON_KEYS = JSON.stringify(KEYS);

// ConfigModule writes what it finds in an .env file to process.env.
const forget = () => void Reflect.deleteProperty(process.env, SETTING);
beforeEach(forget);
afterEach(forget);

function envFile(content: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'apig-signature-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, '.env'), content);
  return join(folder, '.env');
}

const config = (options: ConfigModuleOptions = {}) => ConfigModule.forRoot({ ignoreEnvFile: true, ...options });
const load = (value: unknown) => config({ load: [() => ({ [SETTING]: value })] });
const loadLater = (value: unknown) => config({ load: [async () => (await setTimeout(20), { [SETTING]: value })] });
const configWith = (environment: string) => {
  process.env[SETTING] = environment;
  return config();
};

class OptionsFactory {
  create(): ApigSignatureOptions {
    return { keys: KEYS };
  }
}

@Module({ providers: [OptionsFactory], exports: [OptionsFactory] })
class FactoryModule {}

const plain = () => ApigSignatureModule.forRoot();
const { forRootAsync } = { forRootAsync: ApigSignatureModule.forRootAsync.bind(ApigSignatureModule) };

const sources: readonly [what: string, imports: () => Imports][] = [
  ['an .env file', () => [ConfigModule.forRoot({ envFilePath: envFile(`${SETTING}=${JSON_KEYS}`) }), plain()]],
  ['the environment', () => [configWith(JSON_KEYS), plain()]],
  [
    'the environment, with colons, quotes and braces in it',
    () => [configWith(JSON.stringify({ 'a":{': ['b:"c":\\', '\\'], 'd:': ':"', ...KEYS })), plain()],
  ],
  ['a loader, as JSON', () => [load(JSON_KEYS), plain()]],
  ['a loader, as an object', () => [load(KEYS), plain()]],
  ['a loader, several secrets of a key', () => [load({ [KEY]: ['new secret of the key', SECRET] }), plain()]],
  ['an asynchronous loader', () => [loadLater(KEYS), plain()]],
  ['a loader, imported after us', () => [plain(), load(KEYS)]],
  ['an asynchronous loader, imported after us', () => [plain(), loadLater(KEYS)]],
  ['a module of the user’s own', () => [plain(), { module: FactoryModule, imports: [load(KEYS)] }]],
  ['a global ConfigModule', () => [plain(), config({ isGlobal: true, load: [() => ({ [SETTING]: KEYS })] })]],
  [
    'a cached environment',
    () => [ConfigModule.forRoot({ cache: true, envFilePath: envFile(`${SETTING}=${JSON_KEYS}`) }), plain()],
  ],
  ['ConfigService, the option being undefined', () => [load(KEYS), ApigSignatureModule.forRoot({ keys: undefined })]],
  ['the option, without ConfigModule', () => [ApigSignatureModule.forRoot({ keys: KEYS })]],
  [
    'the option, over ConfigService',
    () => [load({ other: 'other secret' }), ApigSignatureModule.forRoot({ keys: KEYS })],
  ],
  ['a function', () => [ApigSignatureModule.forRoot({ keys: (key) => (key === KEY ? SECRET : undefined) })]],
  ['useFactory', () => [forRootAsync({ useFactory: () => ({ keys: KEYS }) })]],
  ['useFactory, later', () => [forRootAsync({ useFactory: async () => (await setTimeout(20), { keys: KEYS }) })]],
  ['useFactory without keys', () => [loadLater(KEYS), forRootAsync({ useFactory: () => ({}) })]],
  [
    'useFactory of ConfigService',
    () => [
      forRootAsync({
        imports: [load({ keys: KEYS })],
        inject: [ConfigService],
        useFactory: (config: ConfigService) => config.getOrThrow<ApigSignatureOptions>(SETTING),
      }),
    ],
  ],
  ['useClass', () => [forRootAsync({ useClass: OptionsFactory })]],
  ['useExisting', () => [forRootAsync({ imports: [FactoryModule], useExisting: OptionsFactory })]],
];

const NONE =
  `No signing keys: set ${SETTING} in the environment ({"key":"secret"}) and import ConfigModule.forRoot(), ` +
  'or give ApigSignatureModule.forRoot() the option keys';
const NO_JSON = `${SETTING}: expected a JSON object, such as {"key":"secret"}; this is not valid JSON`;
const TWICE = `${SETTING}: duplicate key name; list several secrets as {"key":["new","old"]}`;
const NO_OBJECT = `${SETTING}: expected an object of secrets by key name, or a function`;
const NO_SECRET = `${SETTING}: expected a non-empty secret, or a list of them, for key 1 of 1`;

const badName = (length: number) =>
  `${SETTING}: the name of key 1 of 1 is not valid (${length} characters); ` +
  'expected 1 to 128 printable ASCII characters, no comma';

/** What is wrong with keys, and how they are called by what reads them. */
const wrong: readonly [value: unknown, message: string][] = [
  [{}, `${SETTING}: expected one signing key at least`],
  [[SECRET], NO_OBJECT],
  [1, NO_OBJECT],
  [true, NO_OBJECT],
  [{ [KEY]: 1 }, NO_SECRET],
  [{ [KEY]: '' }, NO_SECRET],
  [{ [KEY]: null }, NO_SECRET],
  [{ [KEY]: [] }, NO_SECRET],
  [{ [KEY]: [SECRET, ''] }, NO_SECRET],
  [{ [KEY]: { secret: SECRET } }, NO_SECRET],
  [{ a: SECRET, b: SECRET }, `${SETTING}: key 1 of 2 and key 2 of 2 share a secret`],
  [{ a: ['another secret', SECRET], b: [SECRET] }, `${SETTING}: key 1 of 2 and key 2 of 2 share a secret`],
  [{ a: SECRET, b: `${SECRET}\0` }, `${SETTING}: key 1 of 2 and key 2 of 2 share a secret`],
  [{ [KEY]: '\0' }, NO_SECRET],
  [{ 'a,b': SECRET }, badName(3)],
  [{ '': SECRET }, badName(0)],
  // Name and secret, each in the other's place.
  [{ [`${SECRET},`]: KEY }, badName(SECRET.length + 1)],
  [{ [SECRET]: '' }, NO_SECRET],
];

const failures: readonly [what: string, imports: () => Imports, message: string][] = [
  ['no ConfigModule', () => [plain()], NONE],
  ['no such setting', () => [config(), plain()], NONE],
  ['an empty setting', () => [configWith(''), plain()], NONE],
  [
    'an empty setting in an .env file',
    () => [ConfigModule.forRoot({ envFilePath: envFile(`${SETTING}=`) }), plain()],
    NONE,
  ],
  ['useFactory without keys', () => [forRootAsync({ useFactory: () => ({}) })], NONE],
  ['a loader of null', () => [load(null), plain()], NONE],
  ['JSON null', () => [configWith('null'), plain()], NO_OBJECT],
  ['a bare secret', () => [configWith(SECRET), plain()], NO_JSON],
  ['JSON cut short', () => [configWith(JSON_KEYS.slice(0, -1)), plain()], NO_JSON],
  ['JavaScript', () => [configWith(`{${KEY}:'${SECRET}'}`), plain()], NO_JSON],
  ['a key that stands twice', () => [configWith(`{"${KEY}":"another secret","${KEY}":"${SECRET}"}`), plain()], TWICE],
  ['a key twice, once escaped', () => [configWith(`{"a":["${SECRET}"],"\\u0061":["b:c"]}`), plain()], TWICE],
  ['a key twice, once with an object', () => [configWith(`{"a":{"b":"c"},"a":"${SECRET}"}`), plain()], TWICE],
  ['a quoted secret', () => [configWith(JSON.stringify(SECRET)), plain()], NO_OBJECT],
  ...wrong.flatMap(([value, message]): typeof failures => {
    const json = JSON.stringify(value);
    return [
      [`in the environment: ${json}`, () => [configWith(json), plain()], message],
      [`from a loader: ${json}`, () => [loadLater(value), plain()], message],
      [
        `as the option: ${json}`,
        () => [ApigSignatureModule.forRoot({ keys: value as typeof KEYS })],
        message.replace(SETTING, 'keys'),
      ],
    ];
  }),
];

describe.each(platforms)('on $name', (platform) => {
  it.each(sources)('keys from %s', async (_, imports) => {
    const { port } = await startGuarded(platform, imports());
    await expectGuarded(port);
  });

  it.each(failures)('the start stops, and shows no secret: %s', async (_, imports, message) => {
    const logger = new RecordedLog();
    const problem: unknown = await startGuarded(platform, imports(), { logger }).catch((error: unknown) => error);
    expect(problem).toMatchObject({ message });
    expect([String((problem as Error).stack), ...logger.lines].join()).not.toContain(SECRET);
  });

  const weak = {
    long: '16 characters...',
    [KEY]: '15 characters..',
    b: ['short', 'signature_secret1'],
    c: 'my-app-secret-12',
    d: 'no sample: signature_secret1',
    e: 'signature_secret1, and no sample',
    f: 'mysecret',
  };
  it.each<[what: string, imports: () => Imports, setting: string]>([
    ['the setting', () => [load(weak), plain()], SETTING],
    ['the option', () => [ApigSignatureModule.forRoot({ keys: weak })], 'keys'],
  ])('weak secrets cause a warning that does not show secrets or names: %s', async (_, imports, setting) => {
    const { logger } = await startGuarded(platform, imports());
    const sample = (key: string) => `warn ${setting}: ${key} uses a published sample secret ApigSignature`;
    const short = (key: string) => `warn ${setting}: ${key} has a secret of less than 16 characters ApigSignature`;
    expect(logger.troubles).toEqual([
      ...['key 3 of 7', 'key 4 of 7', 'key 7 of 7'].map(sample),
      ...['key 2 of 7', 'key 3 of 7', 'key 7 of 7'].map(short),
    ]);
  });

  it('every secret in the documents causes the warning about sample secrets', async () => {
    const texts = await Promise.all(
      ['README.md', 'docs/guide/keys.md', 'docs/guide/getting-started.md'].map((file) => readFile(file, 'utf8')),
    );
    const settings = texts.flatMap((text) =>
      [...text.matchAll(/^ *APIG_SIGNATURE_KEYS='(.*)'$/gm)].map(([, json]) => json!),
    );
    const secrets = new Set(
      settings.flatMap((json) => Object.values(JSON.parse(json) as Record<string, Secrets>).flat()),
    );
    expect(secrets.size).toBeGreaterThan(3);
    const keys = Object.fromEntries([...secrets].map((secret, at) => [`key${at}`, secret]));
    const { logger } = await startGuarded(platform, [ApigSignatureModule.forRoot({ keys })]);
    expect(logger.troubles).toEqual(
      [...secrets].map(
        (_, at) => `warn keys: key ${at + 1} of ${secrets.size} uses a published sample secret ApigSignature`,
      ),
    );
  });
});
