/* global pm, insomnia, require */
// Signs a request of Postman or Insomnia as the API gateway does. It needs the variables apig_key and apig_secret.
const tool = typeof pm === 'undefined' ? insomnia : pm;
const CryptoJS = require('crypto-js');

const { request, variables } = tool;
const [, scheme = 'http', authority, path, query = ''] =
  /^(?:(https?):\/\/)?(?:[^@/?#]*@)?([^/?#]+)([^?#]*)(?:\?([^#]*))?/i.exec(variables.replaceIn(request.url.toString()));
const host = authority.toLowerCase().replace(scheme.toLowerCase() === 'https' ? /:443$/ : /:80$/, '');
const date = new Date().toISOString().replace(/\.\d+|[-:]/g, '');

const headers = { host, 'x-sdk-date': date };
const { mode, raw = '' } = request.body || {};
// The tool writes forms and files itself, after this script: their bytes are not known here.
if (mode && mode !== 'raw') headers['x-sdk-content-sha256'] = 'UNSIGNED-PAYLOAD';

const names = Object.keys(headers).sort();
const canonicalRequest = [
  request.method,
  canonicalPath(path),
  canonicalQuery(query),
  ...names.map((name) => `${name}:${headers[name]}`),
  '',
  names.join(';'),
  headers['x-sdk-content-sha256'] || sha256(variables.replaceIn(raw)),
].join('\n');
const stringToSign = ['SDK-HMAC-SHA256', date, sha256(canonicalRequest)].join('\n');
const signature = CryptoJS.HmacSHA256(stringToSign, variables.get('apig_secret')).toString();

for (const name of names.filter((each) => each !== 'host')) request.upsertHeader({ key: name, value: headers[name] });
request.upsertHeader({
  key: 'authorization',
  value: `SDK-HMAC-SHA256 Access=${variables.get('apig_key')}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
});

function canonicalPath(text) {
  const segments = text.split('/').map((segment) => encode(decodeURIComponent(segment)));
  return segments.join('/').replace(/\/?$/, '/');
}

function canonicalQuery(text) {
  const pairs = text.split('&').filter((piece) => piece !== '');
  const encoded = pairs.map((piece) => {
    const [name, ...value] = piece.replace(/\+/g, ' ').split('=');
    return [name, value.join('=')].map((part) => encode(decodeURIComponent(part)));
  });
  const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  encoded.sort(([name, value], [other, another]) => order(name, other) || order(value, another));
  return encoded.map((pair) => pair.join('=')).join('&');
}

function encode(text) {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(text) {
  return CryptoJS.SHA256(text).toString();
}
