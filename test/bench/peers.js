import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { createRequire } from 'node:module';
import { URLSearchParams } from 'node:url';
import { SignatureV4 } from '@smithy/signature-v4';
import aws4 from 'aws4';
import { HMAC, generate } from 'hmac-auth-express';
import { createSigner, createVerifier, httpbis } from 'http-message-signatures';
import { Webhook } from 'standardwebhooks';
import { KEY, parserOf, SECRET, SIGNED_HEADERS } from './workloads.js';

const require = createRequire(import.meta.url);
const { AKSKSigner } = require('@huaweicloud/huaweicloud-sdk-core/auth/AKSKSigner.js');
const { BasicCredentials } = require('@huaweicloud/huaweicloud-sdk-core');

/**
 * The peers that can do something like the workload, each with a request of its own scheme that it accepts. Where a
 * package only signs, the signature is computed over what came and compared, as its users verify. The packages differ
 * in what they cover: see docs/performance.md.
 */
export async function peersOn(workload) {
  const peers = [aws4On, smithyOn, httpMessageSignaturesOn, standardWebhooksOn, hmacAuthExpressOn, huaweiOn];
  const contestants = [];
  for (const peer of peers) {
    const contestant = await peer(workload);
    assert.equal(await contestant.run(contestant.fresh()), true, contestant.name);
    contestants.push(contestant);
  }
  return contestants;
}

const isSigned = ([name]) => SIGNED_HEADERS.includes(name.toLowerCase());
const signedOf = (headers) => headers.filter(isSigned).map(([name, value]) => [name.toLowerCase(), value]);
const equal = (a, b) => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
const valueOf = (headers, wanted) => headers.find(([name]) => name.toLowerCase() === wanted)?.[1];
const textOf = (body) => body?.toString('latin1');

/** The workload with other headers beside its four signed ones; the last one is the signature. */
function withHeaders({ method, target, headers, body }, ...more) {
  const ours = headers.filter(([name]) => name !== 'Authorization').slice(0, 9);
  return { method, target, body, headers: [...ours, ...more] };
}

const DATE_NAMES = { 'x-sdk-date': 'x-amz-date' };
const asAmazon = (headers) => signedOf(headers).map(([name, value]) => [DATE_NAMES[name] ?? name, value]);

function aws4On(workload) {
  const credentials = { accessKeyId: KEY, secretAccessKey: SECRET };
  const sign = ({ method, target, headers, body }) =>
    aws4.sign(
      {
        method,
        path: target,
        host: valueOf(headers, 'host'),
        service: 'execute-api',
        region: 'eu-central-1',
        headers: Object.fromEntries(asAmazon(headers)),
        body,
        doNotModifyHeaders: true,
        datetime: valueOf(headers, 'x-sdk-date'),
      },
      credentials,
    ).headers.Authorization;
  const request = withHeaders(workload);
  request.headers.push(['Authorization', sign(request)]);
  return {
    name: 'aws4',
    fresh: parserOf(request),
    run: (request) => equal(sign(request), valueOf(request.headers, 'authorization')),
  };
}

/** sha256 and HMAC of Node, as the interface of Smithy wants them. */
class NodeHash {
  constructor(secret) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  }
  update(data) {
    this.hash.update(data);
  }
  async digest() {
    return this.hash.digest();
  }
}

async function smithyOn(workload) {
  const signer = new SignatureV4({
    credentials: { accessKeyId: KEY, secretAccessKey: SECRET },
    region: 'eu-central-1',
    service: 'execute-api',
    sha256: NodeHash,
  });
  const sign = async ({ method, target, headers, body }) => {
    const [path, search] = target.split('?');
    const query = {};
    for (const [name, value] of new URLSearchParams(search)) query[name] = value;
    const signed = await signer.sign(
      { method, protocol: 'http:', hostname: '', path, query, headers: Object.fromEntries(signedOf(headers)), body },
      { signingDate: new Date('2026-01-15T09:30:45Z') },
    );
    return signed.headers.authorization;
  };
  const request = withHeaders(workload);
  request.headers.push(['Authorization', await sign(request)]);
  return {
    name: '@smithy/signature-v4',
    fresh: parserOf(request),
    run: async (request) => equal(await sign(request), valueOf(request.headers, 'authorization')),
  };
}

async function httpMessageSignaturesOn(workload) {
  const digestOf = (body) => `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
  const fields = ['@method', '@path', '@query', ...SIGNED_HEADERS];
  const request = withHeaders(workload);
  if (request.body) {
    fields.push('content-digest');
    request.headers.push(['Content-Digest', digestOf(request.body)]);
  }
  const messageOf = ({ method, target, headers }) => ({
    method,
    url: `http://${valueOf(headers, 'host')}${target}`,
    headers: Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])),
  });
  const key = createSigner(SECRET, 'hmac-sha256', KEY);
  const signed = await httpbis.signMessage({ key, fields }, messageOf(request));
  request.headers.push(['Signature', signed.headers.Signature], ['Signature-Input', signed.headers['Signature-Input']]);
  const known = { id: KEY, algs: ['hmac-sha256'], verify: createVerifier(SECRET, 'hmac-sha256') };
  const config = { keyLookup: async ({ keyid }) => (keyid === KEY ? known : null), requiredFields: fields };
  return {
    name: 'http-message-signatures',
    fresh: parserOf(request),
    run: async (request) => {
      const isSigned = await httpbis.verifyMessage(config, messageOf(request));
      return isSigned && (!request.body || equal(valueOf(request.headers, 'content-digest'), digestOf(request.body)));
    },
  };
}

function standardWebhooksOn(workload) {
  const webhook = new Webhook(SECRET, { format: 'raw' });
  const date = new Date();
  const contentOf = ({ target, body }) => textOf(body) ?? target;
  const request = withHeaders(
    workload,
    ['Webhook-Id', 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W'],
    ['Webhook-Timestamp', String(Math.floor(date / 1000))],
  );
  const signature = webhook.sign('msg_2KWPBgLlAfxdpx2AI54pPJ85f4W', date, contentOf(request));
  request.headers.push(['Webhook-Signature', signature]);
  return {
    name: 'standardwebhooks',
    fresh: parserOf(request),
    run: (request) => {
      webhook.verify(contentOf(request), Object.fromEntries(request.headers), { jsonParse: false });
      return true; // it throws otherwise
    },
  };
}

function hmacAuthExpressOn(workload) {
  const middleware = HMAC(SECRET, { maxInterval: 3600 });
  const time = String(Date.now());
  const bodyOf = ({ body }) => (body ? JSON.parse(textOf(body)) : {});
  const { method, target } = workload;
  const request = withHeaders(workload);
  const signature = generate(SECRET, 'sha256', time, method, target, bodyOf(request)).digest('hex');
  request.headers.push(['Authorization', `HMAC ${time}:${signature}`]);
  const parse = parserOf(request);
  return {
    name: 'hmac-auth-express',
    fresh: () => {
      const request = parse();
      const headers = Object.fromEntries(request.headers.map(([name, value]) => [name.toLowerCase(), value]));
      const get = (name) => headers[name];
      return { method, originalUrl: request.target, get, body: bodyOf(request) };
    },
    run: async (request) => {
      let error = 'not called';
      await middleware(request, undefined, (given) => (error = given));
      return error === undefined;
    },
  };
}

function huaweiOn(workload) {
  const credentials = new BasicCredentials().withAk(KEY).withSk(SECRET);
  const sign = ({ method, target, headers, body }) => {
    const queryParams = Object.fromEntries(new URLSearchParams(target.slice(target.indexOf('?'))));
    const named = signedOf(headers).map(([name, value]) => [name === 'x-sdk-date' ? 'X-Sdk-Date' : name, value]);
    const endpoint = `http://${valueOf(headers, 'host')}${target}`;
    const data = body && JSON.parse(textOf(body));
    const signed = AKSKSigner.sign(
      { method, endpoint, queryParams, headers: Object.fromEntries(named), data },
      credentials,
    );
    return signed.Authorization;
  };
  const request = withHeaders(workload);
  request.headers.push(['Authorization', sign(request)]);
  return {
    name: '@huaweicloud/huaweicloud-sdk-core',
    fresh: parserOf(request),
    run: (request) => equal(sign(request), valueOf(request.headers, 'authorization')),
  };
}
