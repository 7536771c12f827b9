import { Controller, Get, type Type } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { RequireApigSignature, SkipApigSignature } from '../../../src/index.js';
import { resolveRoutePolicy } from '../../../src/nest/apig-signature.options.js';
import type { DeclaredHandler } from '../../../src/nest/startup/declared-handlers.js';
import { pathEscapeWarnings } from '../../../src/nest/startup/path-escape.warnings.js';
import { segmentsOf, textThatAnEscapeAvoids, type Router } from '../../../src/nest/startup/route-paths.js';
import { echoModule } from '../../support/echo.controller.js';
import { forward } from '../../support/gateway.js';
import { send } from '../../support/http-client.js';
import { express, fastify, startForTest, type Platform } from '../../support/platforms.js';
import { RecordedLog } from '../../support/recorded-log.js';

@RequireApigSignature()
@Controller('u')
class AtController {
  @Get('@me')
  me() {
    return 'me';
  }

  @Get(':id')
  one() {
    return 'one';
  }
}

@RequireApigSignature()
@Controller('v')
class DashController {
  @Get('sign-up')
  signUp() {
    return 'sign up';
  }

  @Get(':id')
  one() {
    return 'one';
  }
}

@RequireApigSignature()
@Controller('w')
class RangeController {
  @Get(':from-:to')
  range() {
    return 'range';
  }
}

const leads = (name: string, text: string) =>
  'warn An escape in the path, such as %40 for @, has the signature of the character, and leads from one handler to ' +
  `another: ${name}.me and ${name}.one ("${text}"). Use letters and digits alone in this text of the path ApigSignature`;

describe('a start warns about handlers that an escape in the path tells apart, and a request proves it', () => {
  it.each<[Platform, Type, string[], signed: string, sent: string, texts: [string, string]]>([
    [express, AtController, [leads('AtController', '@me')], '/u/@me', '/u/%40me', ['me', 'one']],
    [fastify, AtController, [leads('AtController', '@me')], '/u/@me', '/u/%40me', ['me', 'one']],
    [
      express,
      DashController,
      [leads('DashController', 'sign-up').replace('.me', '.signUp')],
      '/v/sign-up',
      '/v/sign%2Dup',
      ['sign up', 'one'],
    ],
    [fastify, DashController, [], '/v/sign-up', '/v/sign%2Dup', ['sign up', 'sign up']],
    [
      express,
      RangeController,
      [
        'warn An escape in the path, such as %2D for -, has the signature of the character, and moves the border between ' +
          'two parameters: RangeController.range. Give each parameter a segment of its own ApigSignature',
      ],
      '/w/a-b-c',
      '/w/a%2Db-c',
      ['range', 'range'],
    ],
    [fastify, RangeController, [], '/w/a-b-c', '/w/a%2Db-c', ['range', 'range']],
  ])('%o, %o', async (platform, controller, warnings, signed, sent, texts) => {
    const logger = new RecordedLog();
    const { port } = await startForTest(platform, echoModule({}, [controller]), { logger });
    expect(logger.troubles).toEqual(warnings);
    const request = forward({ target: signed });
    expect(await send(port, request)).toMatchObject({ status: 200, text: texts[0] });
    expect(await send(port, { ...request, target: sent })).toMatchObject({ status: 200, text: texts[1] });
  });

  it('and does not warn if neither handler requires a signature', async () => {
    @SkipApigSignature()
    @Controller('u')
    class Open extends AtController {}
    const logger = new RecordedLog();
    await startForTest(fastify, echoModule({}, [Open]), { logger });
    expect(logger.troubles).toEqual([]);
  });
});

describe('pathEscapeWarnings() finds pairs of routes:', () => {
  const handler = (route: string, protection: DeclaredHandler['protection'] = 'signed') => {
    const [method, path] = route.split(' ') as [string, string];
    const policy = resolveRoutePolicy({});
    return { name: route, method, paths: [path], constraints: [], protection, policy } as unknown as DeclaredHandler;
  };
  const pairsIn = (routes: string[], platform: Platform) => {
    const [warning] = pathEscapeWarnings(
      routes.map((route) => handler(route)),
      platform.name,
    ).filter((line) => line.includes('leads from'));
    return warning?.split('another: ')[1]?.split('. Use')[0];
  };

  it.each<[string[], express: string | undefined, fastify: string | undefined]>([
    [['GET /@me', 'GET /:id'], 'GET /@me and GET /:id ("@me")', 'GET /@me and GET /:id ("@me")'],
    [['GET /@me', 'HEAD /:id'], 'GET /@me and HEAD /:id ("@me")', 'GET /@me and HEAD /:id ("@me")'],
    [['GET /@me', 'ALL /:id'], 'GET /@me and ALL /:id ("@me")', 'GET /@me and ALL /:id ("@me")'],
    [['GET /@me', 'POST /:id'], undefined, undefined],
    [['GET /a.b', 'GET /:id'], 'GET /a.b and GET /:id ("a.b")', undefined],
    [['GET /a_b/c', 'GET /:x/c'], 'GET /a_b/c and GET /:x/c ("a_b")', undefined],
    [['GET /a_b/c', 'GET /:x/d'], undefined, undefined],
    [['GET /a_b/:y', 'GET /:x/d'], 'GET /a_b/:y and GET /:x/d ("a_b")', undefined],
    [['GET /a_b', 'GET /:x/:y'], undefined, undefined],
    [['GET /a_b', 'GET /a_c'], undefined, undefined],
    [['GET /a_b/x', 'GET /a_b/:id'], undefined, undefined],
    [['GET /a_b', 'GET /A%5Fb'], 'GET /a_b and GET /A%5Fb ("a_b"), GET /A%5Fb and GET /a_b ("A%5Fb")', undefined],
    [['GET /me', 'GET /:id'], undefined, undefined],
    [['GET /x/@me', 'GET /x/*'], 'GET /x/@me and GET /x/* ("@me")', 'GET /x/@me and GET /x/* ("@me")'],
    [['GET /a::b', 'GET /:id'], undefined, 'GET /a::b and GET /:id ("a::b")'],
    [['GET /@:name', 'GET /:id'], 'GET /@:name and GET /:id ("@:name")', 'GET /@:name and GET /:id ("@:name")'],
    [['GET /:a.json', 'GET /:id'], 'GET /:a.json and GET /:id (":a.json")', undefined],
    [['GET /a\\+b', 'GET /:id'], 'GET /a\\+b and GET /:id ("a\\\\+b")', expect.any(String) as string],
  ])('%j', (routes, ofExpress, ofFastify) => {
    expect(pairsIn(routes, express)).toEqual(ofExpress);
    expect(pairsIn(routes, fastify)).toEqual(ofFastify);
  });
});

describe('textThatAnEscapeAvoids() finds the text:', () => {
  it.each<[router: Router, path: string, other: string, text: string | undefined]>([
    ['fastify', '/a/@me', '/a/*', '@me'],
    ['fastify', '/a/b/@me', '/a/*', '@me'],
    ['fastify', '/@a/*', '/:id/b', '@a'],
    ['fastify', '/a/*', '/a/@me', undefined],
    ['fastify', '/a/me', '/a/*', undefined],
    ['fastify', '/b/@me', '/a/*', undefined],
    ['fastify', '/A/@me', '/a/:id', '@me'],
    ['fastify', '/@a/x', '/:id/y', undefined],
    ['fastify', '/@a', '/:id/y', undefined],
    ['fastify', '/@a/x', '/:id', undefined],
    ['fastify', '/@a/@b', '/:id/:other', '@a'],
    ['fastify', '/:id', '/:other', undefined],
    ['express', '/a/@me', '/a/*rest', '@me'],
    ['express', '/a-b', '/:id', 'a-b'],
    ['express', '/a_b', '/:id', 'a_b'],
    ['express', '/ab1', '/:id', undefined],
  ])('%s: %s beside %s: %s', (router, path, other, text) => {
    expect(textThatAnEscapeAvoids(segmentsOf(path, router), segmentsOf(other, router), router)).toBe(text);
  });
});
