import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { SignerService, type RequestToSign } from 'nestjs-apig-signature';
import { curlCommand } from 'nestjs-apig-signature/core';
import { settings } from './settings.js';

const REQUESTS: readonly RequestToSign[] = [
  { method: 'GET', target: '/hello', headers: [] },
  {
    method: 'POST',
    target: '/hello',
    headers: [['Content-Type', 'application/json']],
    body: Buffer.from('{"greeting":"hi"}'),
  },
];

/** Prints how to reach the running application with a signature. */
export async function printHints(app: INestApplication): Promise<void> {
  const keys = JSON.parse(app.get(ConfigService).getOrThrow<string>('APIG_SIGNATURE_KEYS')) as Record<string, unknown>;
  const key = Object.keys(keys)[0]!;
  const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
  const host = `127.0.0.1:${port}`;
  if (!settings.isProduction) {
    printGateway(host, key);
    console.log(`\nA page to sign requests on: http://${host}/signer`);
  }
  await printCurlCommands(app, host, key);
}

/** The command of a gateway that signs what a browser sends. */
function printGateway(host: string, key: string): void {
  const [where, source] = settings.usesSampleKeys
    ? ['', ' --env-file sample-app/.env']
    : [', with the same APIG_SIGNATURE_KEYS', ''];
  console.log(`\nA gateway that signs what your browser sends: run this in a second terminal${where},`);
  console.log(`  npx apig-sign gateway --to http://${host}${source} --key ${quoted(key)}`);
  console.log('and open http://127.0.0.1:8787/hello');
}

/** Requests as lines for a shell, signed with the first of the application's keys. */
async function printCurlCommands(app: INestApplication, host: string, key: string): Promise<void> {
  const signer = app.get(SignerService);
  console.log('\nSigned requests to try, valid for 15 minutes:');
  for (const request of REQUESTS) {
    const { headers } = await signer.sign({ ...request, headers: [['Host', host], ...request.headers] }, { key });
    console.log(`\n${curlCommand({ ...request, headers, origin: `http://${host}` })}`);
  }
}

function quoted(word: string): string {
  return /^[\w.-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
