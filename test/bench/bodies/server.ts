/** The process that serves: says its port, then answers each question with its figures. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignatureMetrics } from '../../../src/index.js';
import { startApp } from './app.js';
import { Memory } from './memory.js';
import type { FromServer, Question } from './server.process.js';

const [platform = '', heldBytes] = process.argv.slice(2);
const app = await startApp(platform, Number(heldBytes));
const metrics = app.get(SignatureMetrics);
const memory = new Memory(() => metrics.heldBytes);

const say = (message: FromServer) => process.send?.(message);

process.on('message', (question: Question) => {
  if (question === 'figures') say({ figures: memory.figures() });
  else void memory.restart().then((figures) => say({ figures }));
});
process.on('disconnect', () => process.exit());

say({ port: ((app.getHttpServer() as Server).address() as AddressInfo).port });
