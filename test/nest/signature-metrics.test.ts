import { Inject, Injectable, Module } from '@nestjs/common';
import { Gauge, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { SignatureMetrics } from '../../src/index.js';
import { echoModule } from '../support/echo.controller.js';
import { forward } from '../support/gateway.js';
import { untilHeld } from '../support/held-bytes.js';
import { toBytes } from '../support/http-client.js';
import { platforms, startForTest } from '../support/platforms.js';
import { RawConnection } from '../support/raw-connection.js';
import { RecordedLog } from '../support/recorded-log.js';

const BODY = Buffer.alloc(60_000, 'a body');
const OVERHEAD = 512;

@Injectable()
class BodyGauges {
  readonly registry = new Registry();

  constructor(@Inject(SignatureMetrics) metrics: SignatureMetrics) {
    const registers = [this.registry];
    const gauge = (name: string, figure: () => number) =>
      new Gauge({
        name,
        help: name,
        registers,
        collect() {
          this.set(figure());
        },
      });
    gauge('held_bytes', () => metrics.heldBytes);
    gauge('waiting_requests', () => metrics.waitingRequests);
    gauge('sent_away', () => metrics.sentAway);
  }
}

@Module({ imports: [echoModule({ heldBytes: 100_000 })], providers: [BodyGauges] })
class GaugedModule {}

describe.each(platforms)('SignatureMetrics on $name', (platform) => {
  it('feeds gauges: bytes, waiting requests, refused requests', async () => {
    const { app, port } = await startForTest(platform, GaugedModule);
    const { registry } = app.get(BodyGauges);
    const figures = async () => {
      const gauges = await registry.getMetricsAsJSON();
      return Object.fromEntries(gauges.map(({ name, values }) => [name, values[0]?.value]));
    };
    const connections: RawConnection[] = [];
    const send = async (bytes: number) => {
      const connection = await RawConnection.to(port);
      connections.push(connection);
      const whole = toBytes(forward({ method: 'POST', target: '/echo', body: BODY }));
      await connection.write(whole.subarray(0, whole.length - BODY.length + bytes));
      return connection;
    };

    expect(await figures()).toEqual({ held_bytes: 0, waiting_requests: 0, sent_away: 0 });
    await send(20_000);
    await untilHeld(app, 20_000 + OVERHEAD);
    await send(30_000);
    await untilHeld(app, 50_000 + 2 * OVERHEAD);
    expect(await figures()).toEqual({ held_bytes: 50_000 + 2 * OVERHEAD, waiting_requests: 2, sent_away: 0 });
    await send(59_999);
    await untilHeld(app, 89_999 + 2 * OVERHEAD);
    expect(await figures()).toEqual({ held_bytes: 89_999 + 2 * OVERHEAD, waiting_requests: 2, sent_away: 1 });
    for (const { socket } of connections) socket.destroy();
    await untilHeld(app, 0);
    expect(await figures()).toEqual({ held_bytes: 0, waiting_requests: 0, sent_away: 1 });
  });

  it('comes with a warning that says why requests are refused, once a minute', async () => {
    const logger = new RecordedLog();
    const { app, port } = await startForTest(platform, echoModule({ heldBytes: 1000 }), { logger });
    for (let round = 0; round < 3; round++) {
      const connection = await RawConnection.to(port);
      await connection.write(toBytes(forward({ method: 'POST', target: '/echo', body: BODY })));
      expect(await connection.untilReplied()).toMatchObject([{ status: 503 }]);
      connection.socket.destroy();
    }
    await untilHeld(app, 0);
    const [ofTheStart, ...warnings] = logger.troubles;
    expect(ofTheStart).toContain('heldBytes is 1000, which is not more than bodyLimit');
    expect(warnings).toEqual(['warn HELD_BYTES_EXCEEDED: all are new ApigSignature']);
  });
});
