import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import * as root from '../../src/index.js';
import * as signerPage from '../../src/signer-page/index.js';
import * as testing from '../../src/testing.js';
import { compile, emptyFolder, PATIENCE, write } from '../sample-app/readme.blocks.js';
import { built } from '../support/programs.js';

built('dist/esm/index.js');

const FOLDER = 'dist/examples-of-docstrings';

/** What an example leaves to the reader to import. */
const PRELUDE = `
import {
  Catch, Controller, Get, Injectable, Logger, Module, Post, Req, UseInterceptors,
  type ArgumentsHost, type CallHandler, type ExecutionContext, type NestInterceptor,
} from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { APP_GUARD, BaseExceptionFilter } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import {
  ApigSignatureModule, getVerdict, InjectApigSignatureOptions, MemoryReplayStore, RawBodyInterceptor, RedisReplayStore,
  REFUSAL_CODES, RequireApigSignature, SignatureException, SignatureGuard, SignatureMetrics, SignedHeader, SignerService,
  SkipApigSignature, VerifiedSignature, type PublicApigSignatureOptions, type VerifiedRequest,
} from 'nestjs-apig-signature';
import {
  createVerifier, curlCommand, explainMismatch, signRequest, verifyRequest, type RequestToExplain, type WireRequest,
} from 'nestjs-apig-signature/core';
import { SignerPageModule } from 'nestjs-apig-signature/signer-page';
import { overrideSignature, TestGateway } from 'nestjs-apig-signature/testing';
import { Counter, Gauge } from 'prom-client';
import { createClient } from 'redis';
import supertest from 'supertest';
`;
/** For the examples that do not declare the application themselves. */
const APPLICATION = '@Module({})\nclass AppModule {}\n';

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(`src/${file}`, 'utf8'));

/** The example in the docstring of each name that is exported somewhere in src. */
const examples = new Map(
  sources.flatMap((source) =>
    Array.from(
      source.matchAll(
        /\/\*\*((?:(?!\*\/)[^])*)\*\/\s*(?:@\w+\((?:[^()]|\([^()]*\))*\)\s*)*export (?:class|function|const) (\w+)/g,
      ),
      ([, docstring = '', name = '']) => [name, exampleIn(docstring)] as const,
    ),
  ),
);

function exampleIn(docstring: string): string | undefined {
  return /@example\s+```ts\n([^]*?)^```/m.exec(docstring.replaceAll(/^ *\* ?/gm, ''))?.[1];
}

/** The functions of core that most users start with. Its other names are parts of these, and have no example. */
const CORE = ['createVerifier', 'curlCommand', 'explainMismatch', 'signRequest', 'verifyRequest'];

const names = [...[root, signerPage, testing].flatMap((entry) => Object.keys(entry)), ...CORE];

it.each(names)('%s has an example', (name) => {
  expect(examples.get(name) ?? '').toContain(name);
});

describe('the examples of docstrings', () => {
  const files = names.map((name) => `${name}.ts`);

  beforeAll(() => {
    emptyFolder(FOLDER);
    const codes = names.map((name) => examples.get(name)!);
    const withApplication = (code: string) => (code.includes('class AppModule') ? code : APPLICATION + code);
    write(FOLDER, Object.fromEntries(codes.map((code, at) => [files[at]!, PRELUDE + withApplication(code)])));
  });

  it('compile', { timeout: PATIENCE }, () => {
    expect(() => compile(FOLDER, files, '--strict', '--isolatedModules', '--skipLibCheck', '--noEmit')).not.toThrow();
  });
});
