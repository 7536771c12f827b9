import {
  All,
  Controller,
  ForbiddenException,
  Module,
  VersioningType,
  type CanActivate,
  type INestApplication,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ApigSignatureModule, SignatureGuard } from 'nestjs-apig-signature';
import { SignerPageModule } from 'nestjs-apig-signature/signer-page';
import { map } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { KEYS } from '../support/gateway.js';
import { send } from '../support/http-client.js';
import { platforms, startForTest, type Platform } from '../support/platforms.js';
import { built } from '../support/programs.js';
import { unauthorized } from '../support/refused-replies.js';

built('dist/esm/signer-page/page/index.html');

@Controller()
class CatchAllController {
  @All('*')
  all() {
    return 'caught';
  }
}

/** As an application may have it: a route that matches everything, under a global guard. */
@Module({
  imports: [ApigSignatureModule.forRoot({ keys: KEYS }), SignerPageModule],
  controllers: [CatchAllController],
  providers: [{ provide: APP_GUARD, useExisting: SignatureGuard }],
})
class AppModule {}

async function start(platform: Platform, prepare?: (app: INestApplication) => unknown) {
  const { port } = await startForTest(platform, AppModule, { ...(prepare && { prepare }) });
  return (target: string, method = 'GET') => send(port, { method, target, headers: [['Host', 'a.example']] });
}

const HTML = { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } };

type Get = Awaited<ReturnType<typeof start>>;

/** Loads the page and all that it names, and what its scripts name, as a browser does. */
async function loadAll(get: Get, address: string): Promise<readonly string[]> {
  const { text, ...page } = await get(address);
  expect(page).toMatchObject(HTML);
  const found = new Set([...text.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, file]) => resolve(file!, address)));
  for (const file of found) {
    const reply = await get(file);
    expect([file, reply.status]).toEqual([file, 200]);
    expect(reply.headers['content-type']).toMatch(/^(text\/(javascript|css); charset=utf-8|image\/svg\+xml)$/);
    expect(reply.text).not.toMatch(/\brequire\(|\bexports\./); // browsers load no CommonJS
    for (const [, name] of reply.text.matchAll(/^(?:import|export) .*from '([^']+)'/gm))
      found.add(resolve(name!, file));
  }
  return [...found];
}

const resolve = (to: string, from: string) => new URL(to, `http://127.0.0.1${from}`).pathname;

describe.each(platforms)('SignerPageModule on $name', (platform) => {
  it('serves the page and all its files, under a global guard and before a route that matches everything', async () => {
    const get = await start(platform);
    const files = await loadAll(get, '/signer');
    expect(files).toEqual(
      expect.arrayContaining([
        '/signer/canonical-request.js',
        '/signer/curl-command.js',
        '/signer/refusal-remedies.js',
      ]),
    );
    expect(files.length).toBeGreaterThanOrEqual(19);
    expect(await get('/signer?a=/b')).toMatchObject(HTML);
    expect(await get('/signer', 'HEAD')).toMatchObject({ ...HTML, text: '' });
  });

  it.each<[string, string, (app: INestApplication) => unknown]>([
    ['a global prefix', '/api/v1/signer', (app) => app.setGlobalPrefix('api/v1')],
    [
      'versions in the path',
      '/signer',
      (app) => app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' }),
    ],
    ['a guard that refuses all', '/signer', (app) => app.useGlobalGuards(REFUSING_GUARD)],
    ['an interceptor that wraps all answers', '/signer', (app) => app.useGlobalInterceptors(WRAPPING_INTERCEPTOR)],
  ])('serves the page and its files with %s', async (_, address, prepare) => {
    const files = await loadAll(await start(platform, prepare), address);
    expect(files).toContain(`${address}/signer.js`);
  });

  it('redirects an address with a final slash, so that the page finds its files', async () => {
    const get = await start(platform, (app) => app.setGlobalPrefix('api'));
    const { status, headers } = await get('/api/signer/');
    expect([status, resolve(headers.location!, '/api/signer/')]).toEqual([308, '/api/signer']);
  });

  it('leaves all other requests to the application and its guard', async () => {
    const get = await start(platform);
    const others = [
      '/',
      '/signers',
      '/other',
      '/signer/none.js',
      '/signer/a/signer.js',
      '/signer/__proto__',
      '/a/signer',
    ];
    for (const path of [...others, '/signer/..%2f..%2fpackage.json', '/signer/page-files.js']) {
      expect([path, await get(path)]).toMatchObject([path, unauthorized('AUTHORIZATION_MISSING')]);
    }
    for (const method of ['POST', 'PUT', 'DELETE']) {
      expect(await get('/signer', method)).toMatchObject(unauthorized('AUTHORIZATION_MISSING'));
    }
  });

  it('stops the start in production with a reason', async () => {
    const before = process.env.NODE_ENV;
    onTestFinished(() => {
      process.env.NODE_ENV = before;
    });
    process.env.NODE_ENV = 'production';
    await expect(start(platform)).rejects.toThrow(
      /^SignerPageModule is a tool for development, and NODE_ENV is production: import it in development only$/,
    );
  });
});

const REFUSING_GUARD: CanActivate = {
  canActivate() {
    throw new ForbiddenException();
  },
};

const WRAPPING_INTERCEPTOR: NestInterceptor = {
  intercept: (_, next) => next.handle().pipe(map((data: unknown) => ({ data }))),
};
