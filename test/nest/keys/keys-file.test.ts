import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigModule } from '@nestjs/config';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ApigSignatureModule } from '../../../src/index.js';
import { KEYS, SECRET } from '../../support/gateway.js';
import { expectGuarded, startGuarded } from '../../support/guarded-app.js';
import { platforms } from '../../support/platforms.js';
import { RecordedLog } from '../../support/recorded-log.js';

const SETTING = 'APIG_SIGNATURE_KEYS';
const FILE_SETTING = 'APIG_SIGNATURE_KEYS_FILE';
const JSON_KEYS = JSON.stringify(KEYS);

function file(content: string | Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), 'apig-signature-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'keys.json'), content);
  return join(folder, 'keys.json');
}
const settings = (values: object) => ConfigModule.forRoot({ ignoreEnvFile: true, load: [() => values] });

describe.each(platforms)('APIG_SIGNATURE_KEYS_FILE, on $name', (platform) => {
  it.each<[what: string, content: string]>([
    ['JSON', JSON_KEYS],
    ['JSON and a line break', `${JSON_KEYS}\r\n`],
    ['a byte order mark and JSON', `\ufeff${JSON_KEYS}`],
  ])('names a file of %s', async (_, content) => {
    for (const values of [{ [FILE_SETTING]: file(content) }, { [FILE_SETTING]: file(content), [SETTING]: '' }]) {
      const { port, logger } = await startGuarded(platform, [settings(values), ApigSignatureModule.forRoot()]);
      await expectGuarded(port);
      expect(logger.troubles).toEqual([]);
    }
  });

  it('comes from the environment, too', async () => {
    process.env[FILE_SETTING] = file(JSON_KEYS);
    onTestFinished(() => {
      Reflect.deleteProperty(process.env, FILE_SETTING);
    });
    const imports = [ConfigModule.forRoot({ ignoreEnvFile: true }), ApigSignatureModule.forRoot()];
    await expectGuarded((await startGuarded(platform, imports)).port);
  });

  it('is not read if the option keys is set', async () => {
    const imports = [settings({ [FILE_SETTING]: '/nowhere' }), ApigSignatureModule.forRoot({ keys: KEYS })];
    await expectGuarded((await startGuarded(platform, imports)).port);
  });

  it.each<[what: string, values: () => object, message: string]>([
    [
      'both settings',
      () => ({ [FILE_SETTING]: file(JSON_KEYS), [SETTING]: JSON_KEYS }),
      `${SETTING} and ${FILE_SETTING} are both set: expected one of them`,
    ],
    [
      'a path that does not exist',
      () => ({ [FILE_SETTING]: `/nowhere/${SECRET}` }),
      `${FILE_SETTING}: expected the path of a file that can be read; the system says ENOENT`,
    ],
    [
      'the keys in place of the path',
      () => ({ [FILE_SETTING]: JSON_KEYS }),
      `${FILE_SETTING}: expected the path of a file that can be read; the system says ENOENT`,
    ],
    [
      'a folder',
      () => ({ [FILE_SETTING]: tmpdir() }),
      `${FILE_SETTING}: expected the path of a file that can be read; the system says EISDIR`,
    ],
    ['an object', () => ({ [FILE_SETTING]: KEYS }), `${FILE_SETTING}: expected the path of a file`],
    [
      'an empty file',
      () => ({ [FILE_SETTING]: file('') }),
      `${FILE_SETTING}: expected a JSON object, such as {"key":"secret"}; this is not valid JSON`,
    ],
    [
      'a bare secret in the file',
      () => ({ [FILE_SETTING]: file(SECRET) }),
      `${FILE_SETTING}: expected a JSON object, such as {"key":"secret"}; this is not valid JSON`,
    ],
    [
      'UTF-16 in the file',
      () => ({ [FILE_SETTING]: file(Buffer.from(`\ufeff${JSON_KEYS}`, 'utf16le')) }),
      `${FILE_SETTING}: expected UTF-8 text in the file`,
    ],
    [
      'a list in the file',
      () => ({ [FILE_SETTING]: file(`["${SECRET}"]`) }),
      `${FILE_SETTING}: expected an object of secrets by key name, or a function`,
    ],
    ['an empty name', () => ({ [FILE_SETTING]: '' }), `No signing keys: set ${SETTING} in the environment `],
  ])('stops the start, and shows no secret, for %s', async (_, values, message) => {
    const logger = new RecordedLog();
    const imports = [settings(values()), ApigSignatureModule.forRoot()];
    const problem: unknown = await startGuarded(platform, imports, { logger }).catch((error: unknown) => error);
    expect((problem as Error).message).toContain(message);
    expect([String((problem as Error).stack), ...logger.lines].join()).not.toContain(SECRET);
  });

  it('warns about stray characters at the end of a secret, by the position of its key', async () => {
    const good = 'a secret " of many characters';
    const strays = [' ', '\t', '\n', '\r\n', '"', "'", '\ufeff', '\u201c', '\xa0'];
    const ends = strays.flatMap((stray) => [`${stray}${good}${stray.length}`, `${good}${stray.length}${stray}`]);
    const keys = Object.fromEntries([good, ...ends].map((secret, at) => [`key${at}`, secret]));
    const { logger } = await startGuarded(platform, [
      settings({ [FILE_SETTING]: file(JSON.stringify(keys)) }),
      ApigSignatureModule.forRoot(),
    ]);
    expect(logger.troubles).toEqual(
      ends.map(
        (_, at) =>
          `warn ${FILE_SETTING}: key ${at + 2} of ${ends.length + 1} has a secret with a blank, a line break, a quote or ` +
          'a byte order mark at one of its ends; all of it is the secret ApigSignature',
      ),
    );
  });
});
