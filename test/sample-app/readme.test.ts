import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { context, ROOT_CONTEXT, trace, type Span } from '@opentelemetry/api';
import { register } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CAUSES } from '../../src/core/explain/causes.js';
import { refusalOf } from '../../src/core/refusal.js';
import { POLICY_RULES, SETTING_RULES } from '../../src/core/verify/verifier.options.js';
import type { ApigSignatureOptions, RefusalCode, RoutePolicy, VerdictEvent } from '../../src/index.js';
import { freePort } from '../support/free-port.js';

const README = readFileSync('README.md', 'utf8');
const TEST_FILE = readFileSync('sample-app/app.spec.ts', 'utf8');

/** For the compiler, which may have to share the machine. */
const PATIENCE = 180_000;

/** Inside the package, so that its name resolves to itself. */
const FOLDER = 'dist/readme';

/** The code blocks of a language, in their order. */
function blocks(language: string): string[] {
  return Array.from(README.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms')), ([, code]) => code!);
}

function blockWith(language: string, text: string): string {
  return blocks(language).find((code) => code.includes(text))!;
}

/** The cells of the table under a heading, row by row, without the heads. */
function table(heading: string): string[][] {
  const [section = ''] = README.split(`# ${heading}\n`).slice(1);
  const [rows = ''] = /(^\|.*\n)+/m.exec(section) ?? [];
  const cells = (row: string) => row.split('|').slice(1, -1);
  return rows
    .trim()
    .split('\n')
    .slice(2)
    .map((row) => cells(row).map((cell) => cell.trim()));
}

const unquoted = (cell: string) => cell.replaceAll('`', '');

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(FOLDER, name), text);
}

/** What the pieces of code in the README leave to the reader to import. */
const PRELUDE = `
import { Catch, Controller, Logger, Module, Post, Req, UseInterceptors, type ArgumentsHost } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { APP_GUARD, BaseExceptionFilter } from '@nestjs/core';
import {
  ApigSignatureModule, RawBodyInterceptor, RequireApigSignature, SignatureException, SignatureGuard, SignedHeader,
  SignerService, SkipApigSignature, VerifiedSignature, type Verdict, type VerifiedRequest,
} from 'nestjs-apig-signature';
declare const vault: { read(key: string): Promise<{ secret: string } | undefined> };
`;

beforeAll(() => {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
});

describe('the README’s code', () => {
  const command = /^npx tsc main\.ts (.*)$/m.exec(blockWith('sh', 'npx tsc'))![1]!.split(' ');

  it(
    'compiles',
    () => {
      // The complete test file is the sample's own, which the type check reads.
      expect(blocks('ts')).toContain(TEST_FILE);
      const others = blocks('ts').filter((code) => code !== TEST_FILE);
      const codes = others.map((code) => (code.startsWith('import') ? code : PRELUDE + code));
      expect(codes).toHaveLength(13);
      const files = Object.fromEntries(codes.map((code, index) => [`block${index}.ts`, code]));
      write(files);
      const options = ['--ignoreConfig', '--noEmit', '--strict', '--isolatedModules', '--skipLibCheck', ...command];
      execFileSync('npx', ['tsc', ...Object.keys(files), ...options], { cwd: FOLDER, stdio: 'inherit' });
    },
    PATIENCE,
  );

  describe('of onVerdict', () => {
    const refusal: VerdictEvent = {
      ...{ ok: false, code: 'KEY_UNKNOWN', untrustedKey: String.raw`\x0a" 1` },
      ...{ reported: false, route: 'HelloController.hello', duration: 1.5 },
    };
    const pass: VerdictEvent = {
      ...{ ok: true, key: 'signature_key1', secretIndex: 1, skew: -2, bodyVerified: true },
      ...{ route: 'HelloController.hello', duration: 2 },
    };

    /** A block of the README as the module that it is. */
    async function moduleOf(text: string): Promise<Record<string, (event: VerdictEvent) => void>> {
      const file = `${text.replace(/\W/g, '')}.ts`;
      write({ [file]: blockWith('ts', text) });
      return import(pathToFileURL(join(FOLDER, file)).href) as Promise<Record<string, (event: VerdictEvent) => void>>;
    }

    it('feeds prom-client', async () => {
      const { countVerdict } = await moduleOf("'prom-client'");
      for (const event of [refusal, pass, pass]) countVerdict!(event);
      const metrics = await register.metrics();
      expect(
        metrics.split('\n').filter((line) => /^apig_signature_(verdicts_total|verdict_seconds_(sum|count))/.test(line)),
      ).toEqual([
        'apig_signature_verdicts_total{route="HelloController.hello",outcome="KEY_UNKNOWN",key="",secret=""} 1',
        'apig_signature_verdicts_total{route="HelloController.hello",outcome="ok",key="signature_key1",secret="1"} 2',
        'apig_signature_verdict_seconds_sum 0.0055',
        'apig_signature_verdict_seconds_count 3',
      ]);
    });

    it('describes a span', async () => {
      const { describeVerdict } = await moduleOf("'@opentelemetry/api'");
      const attributes: Record<string, unknown>[] = [];
      // The interface that OpenTelemetry's own SDK implements, as far as a span is asked for.
      const span = { setAttribute: (name: string, value: unknown) => void (attributes.at(-1)![name] = value) };
      const active = trace.setSpan(ROOT_CONTEXT, span as unknown as Span);
      const manager = { active: () => active, with: () => undefined, bind: () => undefined };
      context.setGlobalContextManager({ ...manager, enable: () => manager, disable: () => manager } as never);
      for (const event of [refusal, pass]) {
        attributes.push({});
        describeVerdict!(event);
      }
      context.disable();
      expect(attributes).toEqual([
        { 'apig.signature.outcome': 'KEY_UNKNOWN', 'apig.signature.key': String.raw`\x0a" 1` },
        { 'apig.signature.outcome': 'ok', 'apig.signature.key': 'signature_key1', 'apig.signature.skew': -2 },
      ]);
    });
  });

  describe('in a folder that has nothing yet', () => {
    let app: ChildProcess;
    let port: number;

    beforeAll(async () => {
      const main = blockWith('ts', 'NestFactory.create');
      write({ 'main.ts': main, '.env': blockWith('sh', 'APIG_SIGNATURE_KEYS') });
      // Only because a tsconfig.json lies further up here.
      execFileSync('npx', ['tsc', 'main.ts', '--ignoreConfig', ...command], { cwd: FOLDER, stdio: 'inherit' });
      port = await freePort();
      const { PATH } = process.env;
      app = spawn(process.execPath, ['main.js'], { cwd: FOLDER, env: { PATH, PORT: String(port) }, stdio: 'ignore' });
      await accepting(port);
    }, PATIENCE);
    afterAll(async () => {
      app.kill();
      await once(app, 'close');
    });

    it('takes the signed request of call.mjs, and no unsigned one', async () => {
      write({ 'call.mjs': blocks('js')[0]!.replace('3000', String(port)) });
      const said = execFileSync(process.execPath, ['call.mjs'], { cwd: FOLDER, encoding: 'utf8' });
      expect(said).toBe('200 Hello signature_key1!\n');
      const unsigned = await fetch(`http://127.0.0.1:${port}/42`);
      expect(await unsigned.json()).toMatchObject({ statusCode: 401, code: 'AUTHORIZATION_MISSING' });
    });
  });
});

describe('the README’s tables', () => {
  it('tell every refusal as it is', () => {
    const codes: Record<RefusalCode, true> = {
      AUTHORIZATION_MISSING: true,
      AUTHORIZATION_MALFORMED: true,
      KEY_UNKNOWN: true,
      SIGNED_HEADER_MISSING: true,
      SIGNED_HEADER_REPEATED: true,
      HEADER_NOT_SIGNED: true,
      DATE_MISSING: true,
      DATE_MALFORMED: true,
      SIGNATURE_EXPIRED: true,
      TARGET_AMBIGUOUS: true,
      SIGNATURE_MISMATCH: true,
      BODY_HASH_MISMATCH: true,
      UNSIGNED_PAYLOAD: true,
      REPLAYED: true,
      BODY_TOO_LARGE: true,
      HELD_BYTES_EXCEEDED: true,
      KEYS_UNAVAILABLE: true,
      REPLAY_STORE_UNAVAILABLE: true,
      BODY_NOT_CAPTURED: true,
    };
    const told = table('When a request is refused').map(([code, status, message]) => ({
      code: unquoted(code!),
      message: unquoted(message!),
      status: Number(status),
    }));
    expect(told).toEqual(Object.keys(codes).map((code) => refusalOf(code as RefusalCode, { name: '<name>' })));
  });

  it('tell every cause of a mismatch', () => {
    const told = table('Find out why a signature does not match').flatMap(([codes]) => unquoted(codes!).split(', '));
    expect(told.sort()).toEqual(CAUSES.map(({ code }) => code).sort());
  });

  it('tell every option, and which of them routes may set', () => {
    const ofRoute = { ...POLICY_RULES, bodyLimit: true } satisfies Record<keyof RoutePolicy, unknown>;
    const ofModule = {
      ...ofRoute,
      ...SETTING_RULES,
      ...{ keys: true, heldBytes: true, explain: true, mode: true, onVerdict: true, getRequest: true },
    } satisfies Record<keyof ApigSignatureOptions, unknown>;
    const star = (name: string) => (name in ofRoute ? `\`${name}\` *` : `\`${name}\``);
    expect(
      table('Options')
        .map(([name]) => name)
        .sort(),
    ).toEqual(Object.keys(ofModule).map(star).sort());
  });
});

/** Waits until the application answers. */
async function accepting(port: number): Promise<void> {
  while (!(await fetch(`http://127.0.0.1:${port}`).catch(() => undefined))) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
