/**
 * What a chunk of a body takes in memory besides its bytes while it waits in Node's own buffer, by the growth of a
 * process that holds ever more of them. `heldBytes` charges the most of it, rounded up. Fails if a chunk takes more than
 * is charged. Run it with each Node that is supported:
 *
 *     node test/bench/chunk-overhead.js
 */
import { Buffer } from 'node:buffer';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import { connect } from 'node:net';
import process from 'node:process';
import { Readable } from 'node:stream';
import { fileURLToPath, URL } from 'node:url';

const bodyHold = readFileSync(new URL('../../src/http/body-hold.ts', import.meta.url), 'utf8');
const CHARGED = Number(/^const CHUNK_OVERHEAD = (\d+);$/m.exec(bodyHold)[1]);

const SIZES = [1, 8, 24, 32, 64, 100];
/** Chunks that are held at the first measurement, for what a process takes but once, and at the last one. */
const [FEW, MANY] = [200_000, 1_000_000];

const ROLES = { hold, send };

const [, , role, protocol, size, port] = process.argv;
if (role) {
  await ROLES[role](protocol, Number(size), Number(port));
} else {
  process.stdout.write(`Node ${process.version}, bytes that a chunk takes besides its own:\n`);
  for (const each of ['http1', 'http2']) {
    for (const bytes of SIZES) {
      const holder = startProcess('hold', each, bytes);
      const [overhead] = await once(holder, 'message');
      process.stdout.write(`  ${each}, chunks of ${bytes}: ${Math.round(overhead)}\n`);
      if (!(overhead <= CHARGED)) process.exitCode = 1;
      holder.kill();
    }
  }
}

function startProcess(...args) {
  return fork(fileURLToPath(import.meta.url), args.map(String), { execArgv: ['--expose-gc'] });
}

/** Holds one body as BodyHold does, and tells what each of its chunks takes. */
async function hold(protocol, size) {
  const [create, startReading] =
    protocol === 'http1'
      ? [createServer, (request) => request.socket.resume()]
      : [createHttp2Server, (request) => request.read(0)];
  let memoryOfFew, sender;
  const server = create((request) => {
    let bytes = 0;
    request.push = (chunk, encoding) => {
      Readable.prototype.push.call(request, chunk, encoding);
      bytes += chunk?.length ?? 0;
      if (memoryOfFew === undefined && bytes >= FEW * size) memoryOfFew = memory() - bytes;
      if (bytes >= MANY * size) {
        process.send((memory() - bytes - memoryOfFew) / (MANY - FEW));
        sender.kill();
      }
      return true;
    };
    startReading(request);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  sender = startProcess('send', protocol, size, server.address().port);
}

function memory() {
  for (let round = 0; round < 3; round++) globalThis.gc();
  return process.memoryUsage.rss();
}

/** Sends the chunks, from a process whose memory is not measured. */
function send(protocol, size, port) {
  // The process that measures has ended.
  const leave = () => process.exit();
  let writeSome;
  if (protocol === 'http1') {
    const chunks = Buffer.from(`${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`.repeat(1000));
    const socket = connect(port, '127.0.0.1').on('error', leave);
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
    writeSome = () => socket.write(chunks, writeSome);
  } else {
    const chunk = Buffer.alloc(size, 'x');
    const stream = connectHttp2(`http://127.0.0.1:${port}`)
      .on('error', leave)
      .request({ ':method': 'POST' })
      .on('error', leave);
    // Each write is waited for, so that it makes a frame of its own.
    writeSome = () => stream.write(chunk, writeSome);
  }
  writeSome();
}
