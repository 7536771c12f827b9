import { Controller, Inject, Injectable, Logger, Module, Post, type OnModuleDestroy } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { ApigSignatureModule, RedisReplayStore, RequireApigSignature } from 'nestjs-apig-signature';
import { createClient } from 'redis';

const REDIS = Symbol('redis');

async function connect() {
  const client = createClient({
    url: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379',
    disableOfflineQueue: true,
    pingInterval: 1000,
    socket: { socketTimeout: 2000, reconnectStrategy: (retries) => Math.min(50 * 2 ** retries, 1000) },
  });
  client.on('error', (error: Error) => new Logger('Redis').error(error.message));
  await client.connect();
  return client;
}

@Injectable()
class RedisConnection implements OnModuleDestroy {
  constructor(@Inject(REDIS) readonly client: Awaited<ReturnType<typeof connect>>) {}

  onModuleDestroy() {
    this.client.destroy();
  }
}

@Module({ providers: [{ provide: REDIS, useFactory: connect }, RedisConnection], exports: [RedisConnection] })
class RedisModule {}

@RequireApigSignature({ replayProtection: true, unsignedPayload: 'refuse' })
@Controller('payments')
class PaymentsController {
  @Post()
  pay() {
    return 'paid';
  }
}

@Module({
  imports: [
    ConfigModule.forRoot(),
    ApigSignatureModule.forRootAsync({
      imports: [RedisModule],
      inject: [RedisConnection],
      useFactory: ({ client }: RedisConnection) => ({ replayStore: RedisReplayStore.of(client) }),
    }),
  ],
  controllers: [PaymentsController],
})
export class AppModule {}
