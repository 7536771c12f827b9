import { KEY, NOW } from './workloads.js';
import { formatSdkDate } from '../../dist/esm/core/index.js';

const SIZE = 16 << 10;
const DATE = formatSdkDate(new Date(NOW));

/** A request of a stranger, who knows the name of a key: fresh, and well-formed but for what it is to be slow by. */
function request({ target = '/', headers = [], signed = ['host', 'x-sdk-date'], authorization }) {
  const value =
    authorization ?? `SDK-HMAC-SHA256 Access=${KEY}, SignedHeaders=${signed.join(';')}, Signature=${'0'.repeat(64)}`;
  const lines = [['Host', 'example.com'], ['X-Sdk-Date', DATE], ...headers, ['Authorization', value]];
  return { method: 'GET', target, headers: lines };
}

const fill = (text) => text.repeat(SIZE / text.length);
const distinct = (count) => Array.from({ length: count }, (_, at) => at.toString(36).padStart(3, '0'));
/** Sorted as they are decoded and as they are encoded these stand in two orders, each far from this one. */
const inTwoOrders = distinct(1000).map((name, at) => `${at % 2 ? ':' : '0'}${name}=%${at % 2 ? '7c' : '2f'}`);

/** Of what was ever found to be slow in some verifier, and what is slow in this one, as much as Node takes. */
export function hostileRequests() {
  const shapes = {
    'escapes in the path': { target: '/' + fill('%20') },
    'escapes in the query': { target: '/?a=' + fill('%2B') },
    'plus signs': { target: '/?a=' + fill('+') },
    '1,000 query pieces in two orders': { target: '/?' + inTwoOrders.reverse().join('&') },
    '1,000 query pieces in descending order': { target: '/?' + distinct(1000).reverse().join('=&') },
    'one query piece a thousand times': { target: '/?' + 'abcdefghijklm=&'.repeat(999) },
    ampersands: { target: '/?' + fill('&') },
    slashes: { target: fill('/') },
    'signed headers': {
      headers: distinct(1200).map((name) => [name, '']),
      signed: ['host', 'x-sdk-date', ...distinct(1200)].reverse(),
    },
    'signed names that are absent': { signed: [...distinct(4000), 'host', 'x-sdk-date'].reverse() },
    'headers that are not signed': { headers: distinct(1900).map((name) => [name, '']) },
    'one signed name again and again': { signed: ['host', 'x-sdk-date', ...distinct(4000).fill('abc')] },
    'a long value': { headers: [['X-A', fill('a ')]], signed: ['host', 'x-a', 'x-sdk-date'] },
    'a value of bytes above 0x7F': { headers: [['X-A', fill('\xff')]], signed: ['host', 'x-a', 'x-sdk-date'] },
    'blanks around a value': { headers: [['X-A', fill(' ')]], signed: ['host', 'x-a', 'x-sdk-date'] },
    'words charset': { headers: [['Content-Type', fill('charset=')]] },
    'charsets utf-8': { headers: [['Content-Type', fill('charset=utf-8;')]] },
    'schemes for Authorization': { authorization: fill('SDK-HMAC-SHA256 Access=') },
    'blanks in Authorization': { authorization: `SDK-HMAC-SHA256${fill(' ')}x` },
  };
  return Object.entries(shapes).map(([name, shape]) => ({ name, request: request(shape) }));
}
