/** A guarded application as a process of its own: `backend.process.js express|fastify PORT`. Tells its port. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { catchAll } from '../support/catch-all.js';
import { KEYS } from '../support/gateway.js';
import { platforms } from '../support/platforms.js';

const [name, port] = process.argv.slice(2);
const platform = platforms.find((each) => each.name === name)!;
const module = catchAll({ keys: KEYS, signedIfPresent: ['content-type'], explain: true });
const app = await NestFactory.create(module, platform.adapter(), { logger: false });
await app.listen(Number(port), '127.0.0.1');
const server = app.getHttpServer() as Server;
process.send!((server.address() as AddressInfo).port);
process.on('disconnect', () => process.exit());
