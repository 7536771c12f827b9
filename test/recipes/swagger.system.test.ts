import { Body, Controller, Get, Module, Param, Post, Query, type INestApplication } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ApiBody, ApiParam, ApiQuery, DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { Browser, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ApigSignatureModule, SignatureGuard } from '../../src/index.js';
import { startBrowser } from '../support/browser.js';
import { startDeskGateway } from '../support/desk-gateway.js';
import { KEYS } from '../support/gateway.js';
import { platforms, startForTest } from '../support/platforms.js';

@Controller('orders')
class OrdersController {
  @Get(':id')
  @ApiParam({ name: 'id', type: String, example: 'tea & milk' })
  @ApiQuery({ name: 'fields', type: String, example: 'a,b c' })
  order(@Param('id') id: string, @Query('fields') fields: string) {
    return { id, fields };
  }

  @Post()
  @ApiBody({ schema: { type: 'object', example: { item: 'tea', count: 2 } } })
  create(@Body() body: unknown) {
    return { created: body };
  }
}

@Module({
  imports: [ApigSignatureModule.forRoot({ keys: KEYS })],
  controllers: [OrdersController],
  providers: [{ provide: APP_GUARD, useExisting: SignatureGuard }],
})
class AppModule {}

/** As in main.ts, before listen(). */
function describeApi(app: INestApplication) {
  const document = SwaggerModule.createDocument(app, new DocumentBuilder().setTitle('Orders').build());
  SwaggerModule.setup('docs', app, document);
}

/** For a browser, which may have to share the machine. */
const PATIENCE = 120_000;

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
}, PATIENCE);
afterAll(() => browser.close());

async function openDocs(port: number) {
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${port}/docs`);
  return (method: string) => page.locator(`.opblock-${method}`);
}

/** Presses "Try it out" and "Execute", and gives the status and the body that the page shows. */
async function tryOut(operation: Locator): Promise<readonly [status: string, body: string]> {
  await operation.locator('.opblock-summary-control').click();
  await operation.getByRole('button', { name: 'Try it out' }).click();
  await operation.getByRole('button', { name: 'Execute' }).click();
  const live = operation.locator('.live-responses-table');
  const status = await live.locator('tbody .response-col_status').innerText();
  return [status.trim(), await live.locator('.highlight-code code').first().innerText()];
}

describe.each(platforms)('Swagger UI of an application on $name', { timeout: PATIENCE }, (platform) => {
  it('gets an answer to "Execute" through the gateway', async () => {
    const { port } = await startForTest(platform, AppModule, { prepare: describeApi });
    const gateway = await startDeskGateway(port);
    const operation = await openDocs(gateway.port);
    const [read, order] = await tryOut(operation('get'));
    expect([read, JSON.parse(order)]).toEqual(['200', { id: 'tea & milk', fields: 'a,b c' }]);
    const [written, created] = await tryOut(operation('post'));
    expect([written, JSON.parse(created)]).toEqual(['201', { created: { item: 'tea', count: 2 } }]);
  });

  it('is refused without the gateway', async () => {
    const { port } = await startForTest(platform, AppModule, { prepare: describeApi });
    const operation = await openDocs(port);
    const [status, text] = await tryOut(operation('get'));
    expect([status.slice(0, 3), JSON.parse(text)]).toMatchObject(['401', { code: 'AUTHORIZATION_MISSING' }]);
  });
});
