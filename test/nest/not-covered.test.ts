import { All, Controller, Get, Param, Query, type INestApplication, type Type } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { describe, expect, it } from 'vitest';
import { RequireApigSignature } from '../../src/index.js';
import { echoModule } from '../support/echo.controller.js';
import { forward } from '../support/gateway.js';
import { send } from '../support/http-client.js';
import { express, fastify, startForTest, type Platform } from '../support/platforms.js';

@RequireApigSignature()
@Controller('users')
class UsersController {
  @All('sign-up')
  signUp() {
    return 'signs up';
  }

  @All('@me')
  me() {
    return 'me';
  }

  @All(':id')
  one() {
    return 'one user';
  }
}

@RequireApigSignature()
@Controller('files')
class FilesController {
  @All('all')
  all() {
    return 'all files';
  }

  @All('*')
  one() {
    return 'one file';
  }
}

@RequireApigSignature()
@Controller('flights')
class FlightsController {
  @Get(':from-:to')
  between(@Param() { from, to }: Record<string, string>) {
    return `from ${from} to ${to}`;
  }
}

@RequireApigSignature()
@Controller('query')
class QueryController {
  @Get()
  read(@Query() query: object) {
    return query;
  }
}

/**
 * What docs/guide/security.md says that no signature covers, and a reader may not expect: it should be noticed when it
 * changes.
 */
describe('one signature, two handlers', () => {
  it.each<[what: string, platform: Platform, controller: Type, signed: string, sent: string, texts: [string, string]]>([
    [
      'an escape in the path, on Express',
      express,
      UsersController,
      '/users/sign-up',
      '/users/sign%2Dup',
      ['signs up', 'one user'],
    ],
    [
      'an escape in the path, on Fastify, which decodes first',
      fastify,
      UsersController,
      '/users/sign-up',
      '/users/sign%2Dup',
      ['signs up', 'signs up'],
    ],
    [
      'an escape of `@`, or of one of `# $ & + , / : ; = ?`, on Fastify',
      fastify,
      UsersController,
      '/users/@me',
      '/users/%40me',
      ['me', 'one user'],
    ],
    ['an escape of `@`, on Express', express, UsersController, '/users/@me', '/users/%40me', ['me', 'one user']],
    [
      'an escape that moves the border between two parameters, on Express',
      express,
      FlightsController,
      '/flights/a-b-c',
      '/flights/a-b%2Dc',
      ['from a-b to c', 'from a to b-c'],
    ],
    [
      'an escape between two parameters, on Fastify, which decodes first',
      fastify,
      FlightsController,
      '/flights/a-b-c',
      '/flights/a-b%2Dc',
      ['from a-b to c', 'from a-b to c'],
    ],
    [
      'a final slash before `*`, on Fastify',
      fastify,
      FilesController,
      '/files/all',
      '/files/all/',
      ['all files', 'one file'],
    ],
    [
      'a final slash before `*`, on Express, which ignores the slash',
      express,
      FilesController,
      '/files/all',
      '/files/all/',
      ['all files', 'all files'],
    ],
  ])('%s', async (_what, platform, controller, signed, sent, texts) => {
    const { port } = await startForTest(platform, echoModule({}, [controller]));
    const request = forward({ target: signed });
    expect(await send(port, request)).toMatchObject({ status: 200, text: texts[0] });
    expect(await send(port, { ...request, target: sent })).toMatchObject({ status: 200, text: texts[1] });
  });

  it('a semicolon, for Fastify with useSemicolonDelimiter', async () => {
    const adapter = fastify.adapter({ useSemicolonDelimiter: true });
    const { port } = await startForTest(fastify, echoModule({}, [UsersController]), { adapter });
    const request = forward({ target: '/users/sign-up%3Ba=1' });
    expect(await send(port, request)).toMatchObject({ status: 200, text: 'one user' });
    expect(await send(port, { ...request, target: '/users/sign-up;a=1' })).toMatchObject({
      status: 200,
      text: 'signs up',
    });
  });

  it.each<[what: string, platform: Platform, prepare: (app: INestApplication) => unknown, sent: string, read: object]>([
    [
      'a later `]=`, which does not end a name on Express',
      express,
      () => undefined,
      '[owner]=me',
      { filter: '[owner]=me' },
    ],
    [
      'a later `]=`, on Express with its extended parser',
      express,
      (app) => (app as NestExpressApplication).set('query parser', 'extended'),
      '[owner]=me',
      { 'filter=': { owner: 'me' } },
    ],
    ['an escape that is not UTF-8, on Fastify', fastify, () => undefined, '%ff%41', { filter: '%ff%41' }],
  ])('%s', async (_what, platform, prepare, sent, read) => {
    const { port } = await startForTest(platform, echoModule({}, [QueryController]), { prepare });
    const signed = sent.replace('=', '%3D').replace('%41', 'A');
    const request = forward({ target: `/query?filter=${signed}` });
    expect(await send(port, { ...request, target: `/query?filter=${sent}` })).toMatchObject({
      status: 200,
      text: JSON.stringify(read),
    });
  });
});
