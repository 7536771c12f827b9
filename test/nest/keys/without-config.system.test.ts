import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

/** Node without the package `@nestjs/config`: says so if anything asks for it. */
const HOOKS = `export async function resolve(specifier, context, next) {
  if (!specifier.startsWith('@nestjs/config')) return next(specifier, context);
  console.log('asked for @nestjs/config');
  const error = new Error("Cannot find package '@nestjs/config' imported from a test");
  throw Object.assign(error, { code: 'ERR_MODULE_NOT_FOUND' });
}`;

/** Starts an application of the built package on an adapter, and gives back what the process said. */
function start(adapter: 'express' | 'fastify', options: string): string {
  const adapterClass = adapter === 'express' ? 'ExpressAdapter' : 'FastifyAdapter';
  const script = `
    import { register } from 'node:module';
    register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(HOOKS)}));
    await import('reflect-metadata');
    const { NestFactory } = await import('@nestjs/core');
    const { ${adapterClass} } = await import('@nestjs/platform-${adapter}');
    const { ApigSignatureModule } = await import('nestjs-apig-signature');
    try {
      const module = ApigSignatureModule.forRoot(${options});
      const app = await NestFactory.create(module, new ${adapterClass}(), { logger: false, abortOnError: false });
      await app.init();
      console.log('started');
      await app.close();
    } catch (error) {
      console.log(error.message);
    }`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout;
}

describe.each(['express', 'fastify'] as const)('without @nestjs/config, on %s', (adapter) => {
  it('starts with the option keys, and does not load that package', () => {
    expect(start(adapter, `{ keys: { key: 'a secret of many characters' } }`)).toBe('started\n');
    expect(start(adapter, `{ keys: () => undefined }`)).toBe('started\n');
  });

  it('says that the package is not installed if there are no keys', () => {
    const [asked, message] = start(adapter, '').trim().split('\n');
    expect(asked).toBe('asked for @nestjs/config');
    expect(message).toMatch(/^No signing keys: .*\(@nestjs\/config, which has ConfigModule, is not installed\)$/);
  });
});
