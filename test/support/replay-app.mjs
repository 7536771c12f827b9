// An application as a process of its own, against the package as it was built: forked with adapter, client, the port
// of Redis and its keys; sends its own port. JavaScript, since Node 20 runs nothing else by itself.
import 'reflect-metadata';
import { once } from 'node:events';
import process from 'node:process';
import { Controller, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Redis } from 'ioredis';
import { ApigSignatureModule, RedisReplayStore, RequireApigSignature } from 'nestjs-apig-signature';
import { createClient } from 'redis';

const [adapter, client, redisPort, keys] = process.argv.slice(2);

const clients = {
  async redis() {
    const redis = createClient({ url: `redis://127.0.0.1:${redisPort}`, disableOfflineQueue: true });
    redis.on('error', () => undefined);
    await redis.connect();
    return (args) => redis.sendCommand(args);
  },
  async ioredis() {
    const redis = new Redis(redisPort, { enableOfflineQueue: false, autoResendUnfulfilledCommands: false });
    redis.on('error', () => undefined);
    await once(redis, 'ready');
    return (args) => redis.call(...args);
  },
};

class WritesController {
  write() {
    return 'written';
  }
}
RequireApigSignature({ replayProtection: true })(WritesController);
Controller('writes')(WritesController);
Post()(WritesController.prototype, 'write', Object.getOwnPropertyDescriptor(WritesController.prototype, 'write'));

const signatures = ApigSignatureModule.forRoot({
  keys: JSON.parse(keys),
  replayStore: new RedisReplayStore({ sendCommand: await clients[client]() }),
});

class AppModule {}
Module({ imports: [signatures], controllers: [WritesController] })(AppModule);

const platform = adapter === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
const app = await NestFactory.create(AppModule, platform, { logger: false });
await app.listen(0, '127.0.0.1');
process.on('disconnect', () => process.exit());
process.send(app.getHttpServer().address().port);
