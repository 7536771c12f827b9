import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { SignerService, type RequestToSign } from 'nestjs-apig-signature';
import { curlCommand } from 'nestjs-apig-signature/core';

const REQUESTS: readonly RequestToSign[] = [
  { method: 'GET', target: '/hello', headers: [] },
  {
    method: 'POST',
    target: '/hello',
    headers: [['Content-Type', 'application/json']],
    body: Buffer.from('{"greeting":"hi"}'),
  },
];

/** Prints requests to the running application as lines for a shell, signed with the first of its keys. */
export async function printCurlCommands(app: INestApplication): Promise<void> {
  const signer = app.get(SignerService);
  const keys = JSON.parse(app.get(ConfigService).getOrThrow<string>('APIG_SIGNATURE_KEYS')) as Record<string, unknown>;
  const key = Object.keys(keys)[0]!;
  const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
  const host = `127.0.0.1:${port}`;

  console.log('\nSigned requests to try, good for 15 minutes:');
  for (const request of REQUESTS) {
    const { headers } = await signer.sign({ ...request, headers: [['Host', host], ...request.headers] }, { key });
    console.log(`\n${curlCommand({ ...request, headers, origin: `http://${host}` })}`);
  }
}
