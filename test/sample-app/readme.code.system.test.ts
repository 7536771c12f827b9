import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { context, ROOT_CONTEXT, trace, type Span } from '@opentelemetry/api';
import { register } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VerdictEvent } from '../../src/index.js';
import { freePort } from '../support/free-port.js';
import { built } from '../support/programs.js';
import { blocks, blockWith, compile, emptyFolder, load, PATIENCE, write } from './readme.blocks.js';

const FOLDER = 'dist/readme';

built('dist/esm/index.js');

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

describe('the README’s code', () => {
  // The complete test file is the sample's own, which the type check reads.
  const testFile = readFileSync('sample-app/app.spec.ts', 'utf8');
  const others = blocks('ts').filter((code) => code !== testFile);

  beforeAll(() => {
    emptyFolder(FOLDER);
    const codes = others.map((code) => (code.startsWith('import') ? code : PRELUDE + code));
    const files = Object.fromEntries(codes.map((code, index) => [`block${index}.ts`, code]));
    write(FOLDER, files);
    compile(FOLDER, Object.keys(files), '--strict', '--isolatedModules', '--skipLibCheck');
  }, PATIENCE);

  it('is all compiled, the test file of the sample application too', () => {
    expect(blocks('ts')).toContain(testFile);
    expect(others).toHaveLength(13);
  });

  describe('of onVerdict', () => {
    const refusal: VerdictEvent = {
      ...{ ok: false, code: 'KEY_UNKNOWN', untrustedKey: String.raw`\x0a" 1` },
      ...{ reported: false, route: 'HelloController.hello', duration: 1.5 },
    };
    const pass: VerdictEvent = {
      ...{ ok: true, key: 'signature_key1', secretIndex: 1, skew: -2, bodyVerified: true },
      ...{ route: 'HelloController.hello', duration: 2 },
    };

    type OfVerdicts = Record<string, (event: VerdictEvent) => void>;
    const moduleOf = (text: string) =>
      load<OfVerdicts>(FOLDER, `block${others.findIndex((code) => code.includes(text))}.js`);

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
      write(FOLDER, { 'main.ts': main, '.env': blockWith('sh', 'APIG_SIGNATURE_KEYS') });
      compile(FOLDER, ['main.ts']);
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
      write(FOLDER, { 'call.mjs': blocks('js')[0]!.replace('3000', String(port)) });
      const said = execFileSync(process.execPath, ['call.mjs'], { cwd: FOLDER, encoding: 'utf8' });
      expect(said).toBe('200 Hello signature_key1!\n');
      const unsigned = await fetch(`http://127.0.0.1:${port}/42`);
      expect(await unsigned.json()).toMatchObject({ statusCode: 401, code: 'AUTHORIZATION_MISSING' });
    });
  });
});

/** Waits until the application answers. */
async function accepting(port: number): Promise<void> {
  while (!(await fetch(`http://127.0.0.1:${port}`).catch(() => undefined))) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
