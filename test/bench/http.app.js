/**
 * One application, in a process of its own: `node http.app.js express|fastify GUARD`, where GUARD is one of the guards
 * below. Tells its parent the port. Whenever asked, tells how much processor time it has used, or what the timed guard
 * has measured.
 */
import 'reflect-metadata';
import { Buffer } from 'node:buffer';
import { createSecretKey } from 'node:crypto';
import process from 'node:process';
import { Body, Controller, Get, Inject, Module, Post, UnauthorizedException, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { JwtModule, JwtService } from '@nestjs/jwt';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler';
import { ApigSignatureModule, RequireApigSignature } from '../../dist/esm/index.js';
import { floorOf } from './floor.js';
import { GuardTimes } from './guard-times.js';
import { currentRequests, KEY, SECRET } from './workloads.js';

const [get, post] = currentRequests().map((request) => floorOf(request, SECRET));

/** Nothing but the cryptography that none can do without, and it looks at nothing of the request. */
class FloorGuard {
  canActivate(context) {
    const { fresh, run } = context.switchToHttp().getRequest().method === 'GET' ? get : post;
    return run(fresh()) !== '';
  }
}

/** As Nest's documentation has it. */
class JwtGuard {
  constructor(jwtService) {
    this.jwtService = jwtService;
  }

  async canActivate(context) {
    const request = context.switchToHttp().getRequest();
    const [type, token] = request.headers.authorization?.split(' ') ?? [];
    if (type !== 'Bearer') throw new UnauthorizedException();
    try {
      request.user = await this.jwtService.verifyAsync(token);
    } catch {
      throw new UnauthorizedException();
    }
    return true;
  }
}
Inject(JwtService)(JwtGuard, undefined, 0);

const secret = createSecretKey(Buffer.from(SECRET.padEnd(32, '.')));
const apigSignature = ApigSignatureModule.forRoot({ keys: { [KEY]: SECRET } });
const nobody = () => {};
const guards = {
  open: { imports: [], guard: nobody },
  // An open route beside guarded ones: what every signed request pays.
  unguarded: { imports: [apigSignature], guard: nobody },
  floor: { imports: [], guard: UseGuards(FloorGuard) },
  signature: { imports: [apigSignature], guard: RequireApigSignature() },
  // The same, and each call measures itself.
  timed: { imports: [apigSignature], guard: RequireApigSignature() },
  jwt: {
    imports: [JwtModule.register({ secret, signOptions: { expiresIn: '1h' } })],
    guard: UseGuards(JwtGuard),
  },
  throttler: {
    // It keeps a timer for each request that still counts: a second of them, not a minute.
    imports: [ThrottlerModule.forRoot([{ ttl: 1000, limit: Number.MAX_SAFE_INTEGER }])],
    guard: UseGuards(ThrottlerGuard),
  },
};
const adapters = { express: () => new ExpressAdapter(), fastify: () => new FastifyAdapter() };

const [, , adapter, guarded] = process.argv;
const times = guarded === 'timed' ? new GuardTimes((method) => (method === 'GET' ? get : post)) : undefined;
const { imports, guard } = guards[guarded];

class HelloController {
  get() {
    return { hello: 'world' };
  }
  post(body) {
    return { characters: body.text.length };
  }
}
const methodOf = (name) => [
  HelloController.prototype,
  name,
  Object.getOwnPropertyDescriptor(HelloController.prototype, name),
];
Get()(...methodOf('get'));
Post()(...methodOf('post'));
Body()(HelloController.prototype, 'post', 0);
guard(HelloController);
Controller('v1/:project/vpcs')(HelloController);

class AppModule {}
Module({ imports, controllers: [HelloController] })(AppModule);

const app = await NestFactory.create(AppModule, adapters[adapter](), { logger: ['error'] });
await app.listen(0, '127.0.0.1');
times?.watch(app.getHttpServer());
const token =
  guarded === 'jwt' ? app.get(JwtService).sign({ sub: '1', name: 'somebody', roles: ['reader'] }) : undefined;
const answers = {
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  times: () => times.take(),
};
process.on('message', (question) => process.send({ [question]: answers[question]() }));
process.on('disconnect', () => process.exit());
process.send({ port: app.getHttpServer().address().port, token });
