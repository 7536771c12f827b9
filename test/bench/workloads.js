import { Buffer } from 'node:buffer';
import { formatSdkDate, signRequest } from '../../dist/esm/core/index.js';

export const KEY = 'signature_key1';
export const SECRET = 'signature_secret1';
/** The clock of every verifier that lets itself be told one. */
export const NOW = Date.UTC(2026, 0, 15, 9, 30, 45);
export const SIGNED_HEADERS = ['host', 'x-request-id', 'x-sdk-date', 'x-tenant'];

const PATH = '/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs';
const HEADERS = [
  ['Host', 'service.region.example.com'],
  ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64)'],
  ['Accept', 'application/json'],
  ['Accept-Encoding', 'gzip, deflate, br'],
  ['Content-Type', 'application/json'],
  ['X-Forwarded-For', '203.0.113.7'],
  ['X-Request-Id', '0d6c1f2e-5f0b-4b0e-9b7c-2f6f1f9d3c11'],
  ['X-Sdk-Date', ''],
  ['X-Tenant', 'acme'],
];

/** JSON text of exactly so many bytes. */
export function jsonOf(bytes) {
  const frame = JSON.stringify({ text: '' });
  return Buffer.from(frame.replace('""', `"${'x'.repeat(bytes - frame.length)}"`));
}

/** A signed request: nine headers and Authorization, four of them signed. */
export function signedRequest(method, target, body, date = NOW) {
  const sdkDate = formatSdkDate(new Date(date));
  const dated = HEADERS.map(([name, value]) => [name, name === 'X-Sdk-Date' ? sdkDate : value]);
  const unsigned = { method, target, headers: dated, body };
  const { headers, canonicalRequest, stringToSign } = signRequest(unsigned, {
    key: KEY,
    secret: SECRET,
    signedHeaders: SIGNED_HEADERS,
  });
  return { method, target, headers, body, canonicalRequest, stringToSign };
}

/** What is sent to the applications, dated now. */
export function currentRequests() {
  const target = `${PATH}?limit=25&${marker}&name=a`;
  return [signedRequest('GET', target, undefined, Date.now()), signedRequest('POST', target, jsonOf(1024), Date.now())];
}

/** Makes the same request anew each time, as a parser does: each text a new string, made of bytes. */
export function parserOf({ method, target, headers, body }) {
  const bytes = (text) => Buffer.from(text, 'latin1');
  const targetBytes = bytes(target);
  const lines = headers.map(([name, value]) => [bytes(name), bytes(value)]);
  const text = (buffer) => buffer.toString('latin1');
  return () => ({
    method, // Node's parser has one string for each method
    target: text(targetBytes),
    headers: lines.map(([name, value]) => [text(name), text(value)]),
    body,
  });
}

function refused(request) {
  const headers = request.headers.map(([name, value]) => [
    name,
    name === 'Authorization' ? value.replace(/.$/, (last) => (last === '0' ? '1' : '0')) : value,
  ]);
  return { ...request, headers };
}

const marker = 'marker=13551d6b-755d-4757-b956-536f674975c0';
const get = signedRequest('GET', `${PATH}/?limit=25&${marker}&name=subnet-a`);
const toEncode = signedRequest('GET', `${PATH}?name=subnet%20a&limit=25&${marker.replace('=', '=caf%c3%a9,')}`);
const post = (bytes) => signedRequest('POST', `${PATH}/?limit=25&${marker}&name=subnet-a`, jsonOf(bytes));

export const workloads = [
  { name: 'GET', ...get },
  { name: 'GET, query to encode and sort', ...toEncode },
  { name: 'POST 1 KB', ...post(1 << 10) },
  { name: 'POST 64 KB', ...post(1 << 16) },
  { name: 'POST 1 MB', ...post(1 << 20) },
  { name: 'GET, refused', ...refused(get), refused: true },
];
