import type { RequestListener } from 'node:http';
import { Body, Controller, Module, Post } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import { ApigSignatureModule, RequireApigSignature } from 'nestjs-apig-signature';
import serverless from 'serverless-http';

@RequireApigSignature()
@Controller('orders')
class OrdersController {
  @Post()
  create(@Body() order: { readonly item: string }) {
    return { ordered: order.item };
  }
}

@Module({ imports: [ConfigModule.forRoot(), ApigSignatureModule.forRoot()], controllers: [OrdersController] })
class AppModule {}

async function start() {
  const app = await NestFactory.create(AppModule);
  await app.init(); // and not listen(): no port is opened
  const listener = app.getHttpAdapter().getInstance() as RequestListener;
  return serverless(listener, { binary: ['*/*'] });
}

const started = start(); // begins while the platform loads the function

export const handler = async (event: object, context: object) => (await started)(event, context);
