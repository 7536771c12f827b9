import { describe, expect, it } from 'vitest';
import { explainMismatch, sha256Hex, type ExplainOptions, type RequestToExplain } from '../../../src/core/index.js';
import { signedAs } from '../../support/mis-signed.js';
import { KEY, NOW, SECRET, signed, withHeader } from '../../support/signed-request.js';

const explain = (request: RequestToExplain, options: Partial<ExplainOptions> = {}) =>
  explainMismatch(request, { keys: { [KEY]: SECRET }, ...options });
const hash = (text: string) => sha256Hex(Buffer.from(text));
const times = (text: string, part: string) => text.split(part).length - 1;

/** An explanation's text up to the first remedy. */
const beforeRemedy = (text: string) => /^.*?Received: .*?"\. /.exec(text)?.[0] ?? text;

describe('the text of a proved cause', () => {
  it('names both causes, then each part that was signed otherwise, then each remedy', () => {
    const came = signedAs(
      { target: '/a', headers: [['Host', 'h.example:80']] },
      { uri: '/api/a/', headers: { host: 'h.example' } },
    );
    const { text } = explain(came);
    expect(beforeRemedy(text)).toBe(
      'Two things together. A prefix was taken off the path after it was signed. ' +
        'Host was signed with another port, or with none. ' +
        'Signed: path "/api/a/", header host "h.example". Received: path "/a/", header host "h.example:80". ',
    );
    expect(text).toMatch(/Set the option pathPrefix .* Have the proxy pass Host on/);
  });

  it('names one cause, and no second', () => {
    const { text } = explain(signedAs({ method: 'GET', target: '/a?b=1' }, { method: 'HEAD' }));
    expect(beforeRemedy(text)).toBe(
      'The method that was signed is another one. Signed: method "HEAD". Received: method "GET". ',
    );
  });

  it('shows the query where another one was signed, and not where it is only sorted in another order', () => {
    const { text } = explain(signedAs({ target: '/q?a=1&added=2' }, { query: 'a=1' }));
    expect(beforeRemedy(text)).toContain(' Signed: query "a=1". Received: query "a=1&added=2". ');
    const encoded = { target: '/api/a?%3A=&0=', dialect: { order: 'encoded', plus: 'space' } } as const;
    const stripped = explain({ ...signed(encoded), target: '/a?%3A=&0=' });
    expect(beforeRemedy(stripped.text)).toContain(' Signed: path "/api/a/". Received: path "/a/". ');
  });

  it('shows no hash of a body', () => {
    const { text } = explain(signedAs({ body: Buffer.from('a') }, { body: hash('') }));
    expect(text).toBe('The hash of an empty body was signed. Have the signer hash the bytes that it sends.');
  });

  it('says a remedy of two causes once', () => {
    const { text } = explain(signedAs({ target: '/a%20b?c=%20' }, { uri: '/a%2520b/', query: 'c=%2520' }));
    expect(text).toMatch(/^Two things together\. The path was decoded .* The query was decoded /);
    expect(times(text, '$request_uri in place of $uri')).toBe(1);
  });

  it('cuts a part after 120 characters', () => {
    const long = 'x'.repeat(200);
    const { text } = explain(signedAs({ target: `/${long}` }, { uri: `/api/${long}/` }));
    expect(text).toContain(` Signed: path "/api/${'x'.repeat(115)}... (86 more characters)". Received: path "/x`);
  });

  it('is printable ASCII', () => {
    const { text } = explain(signedAs({ headers: [['X-A', 'caf\xe9, b']] }, { headers: { 'x-a': 'caf\xe9' } }));
    expect(text).toContain(' Signed: header x-a "caf\\xe9". Received: header x-a "caf\\xe9, b". ');
  });

  it.each<[what: string, headers: [string, string][], said: string]>([
    ['a secret', [['X-A', `${SECRET}, b`]], 'Signed: header x-a "***". Received: header x-a "***, b".'],
    ['a token', [['Referer', '/?token=a, b']], 'Received: header referer "/?token=***, b".'],
  ])('masks %s', (_, headers, said) => {
    const [[name, value]] = headers as [[string, string]];
    const { text } = explain(signedAs({ headers }, { headers: { [name.toLowerCase()]: value.split(',')[0]! } }));
    expect(text).toContain(said);
  });

  it('shows no header whose value is masked as a whole', () => {
    const { text, suspects } = explain(signedAs({ headers: [['Cookie', 'a=1, b']] }, { headers: { cookie: 'a=1' } }));
    expect(text).toMatch(/^A proxy added to the value of a signed header\. Take this header out of /);
    expect(suspects).toEqual(['cookie']);
  });
});

describe('the text without a proved cause', () => {
  const ofNobody = { secret: 'of nobody' };
  const COMPARE =
    'ompare the canonical request, part by part, with the backend address that the gateway calls ' +
    'and with what the caller sent.';

  it('names up to eight suspects, and the number of others', () => {
    const suspects = [
      'Via',
      'Cookie',
      'Range',
      'TE',
      'Pragma',
      'Expect',
      'Accept',
      'Forwarded',
      'X-Real-IP',
      'X-Scheme',
    ];
    const textFor = (count: number) => {
      const headers = suspects.slice(0, count).map((name): [string, string] => [name, 'a']);
      const { text, suspects: named } = explain(signed({ ...ofNobody, headers }));
      expect(named).toHaveLength(count);
      return text;
    };
    expect(textFor(2)).toBe(
      'No cause found. Proxies and load balancers often change these signed headers: cookie, via. ' +
        "Take them out of the gateway's signed headers, or have each hop leave them alone. " +
        `If that does not help, c${COMPARE}`,
    );
    expect(textFor(8)).toContain(': accept, cookie, expect, forwarded, pragma, range, te, via. Take');
    expect(textFor(10)).toContain(': accept, cookie, expect, forwarded, pragma, range, te, via and 2 more. Take');
  });

  it('cuts the long name of a suspect', () => {
    const { text } = explain(signed({ ...ofNobody, headers: [[`x-original-${'a'.repeat(150)}`, '']] }));
    expect(text).toContain(` x-original-${'a'.repeat(109)}... (41 more characters). Take`);
  });

  const UNTRIED = ', or the body, of which no other spelling was tried';
  it.each<[what: string, request: RequestToExplain, isTried: boolean]>([
    ['no body', signed(ofNobody), true],
    ['text', signed({ ...ofNobody, body: Buffer.from('text') }), true],
    ['bytes that are not text', signed({ ...ofNobody, body: Buffer.from([0xff]) }), false],
    ['64 KB of text', signed({ ...ofNobody, body: Buffer.alloc(2 ** 16, 'a') }), true],
    ['more than 64 KB of text', signed({ ...ofNobody, body: Buffer.alloc(2 ** 16 + 1, 'a') }), false],
    [
      'bytes whose hash the request declares',
      signed({ ...ofNobody, body: Buffer.from([0xff]), headers: [['X-Sdk-Content-Sha256', 'UNSIGNED-PAYLOAD']] }),
      true,
    ],
  ])('says that the body was not tried only where that is so: %s', (_, request, isTried) => {
    const { text } = explain(request);
    expect(text).toContain(
      `so it is most likely the secret${isTried ? '' : UNTRIED}: compare the secret in the gateway with the one here.`,
    );
    expect(text.endsWith(`cannot be guessed: c${COMPARE}`)).toBe(true);
  });

  it('names the signed headers that did not come, or came twice, if hops often change them', () => {
    const request = signed({
      headers: [
        ['Via', 'a'],
        ['Cookie', 'b'],
        ['X-A', 'c'],
      ],
    });
    const without = (name: string) => request.headers.filter(([each]) => each !== name);
    const lost = explain({ ...request, headers: without('Via') });
    expect(lost.suspects).toEqual(['via']);
    expect(lost.text).toMatch(/^SIGNED_HEADER_MISSING: .* often change these signed headers: via\. Take them out/);
    const twice = explain({ ...request, headers: [...request.headers, ['Cookie', 'd']] });
    expect(twice.suspects).toEqual(['cookie']);
    expect(twice.text).toMatch(/^SIGNED_HEADER_REPEATED: .* often change these signed headers: cookie\. Take them out/);
    expect(explain({ ...request, headers: without('X-A') })).not.toHaveProperty('suspects');
    const bare = explain({ ...request, headers: without('Via').filter(([each]) => each !== 'Cookie') });
    expect(times(bare.text, 'often change these signed headers: cookie, via. Take them out')).toBe(1);
  });

  it('names no suspect where the headers are not what is wrong', () => {
    const request = signed({ key: 'other', headers: [['Via', 'a']] });
    const { text, suspects } = explain({ ...request, headers: [...request.headers, ['Via', 'b']] });
    expect([text, suspects]).toEqual(['KEY_UNKNOWN: Signing key not found.', undefined]);
  });
});

describe('an explanation', () => {
  it('judges the target as the options say', () => {
    const encoded = signed({ target: '/a%2Fb' });
    expect(explain(encoded).text).toMatch(/^TARGET_AMBIGUOUS: /);
    expect(explain(encoded, { encodedSlash: 'accept' }).matches).toBe(true);
    const pieces = signed({ target: '/?a&b' });
    expect(explain(pieces).matches).toBe(true);
    expect(explain(pieces, { queryPieces: 1 }).text).toMatch(/^TARGET_AMBIGUOUS: .* Reason: too many query pieces\.$/);
  });

  it('takes a request without body and hash for one without a body', () => {
    const { body: _, ...request } = signed();
    expect(explain(request).matches).toBe(true);
    expect(explain({ ...request, bodyHash: hash('a') }).matches).toBe(false);
    expect(
      explain({ ...signed({ body: Buffer.from('a') }), body: Buffer.from('b'), bodyHash: hash('a') }).matches,
    ).toBe(true);
  });

  it('names the suspects that the proved cause changed, and no others', () => {
    const request = signed({
      headers: [
        ['Via', 'a'],
        ['Cookie', 'b'],
      ],
    });
    expect(explain(withHeader(request, 'Via', 'a, b')).suspects).toEqual(['via']);
    expect(explain({ ...request, method: 'HEAD' })).not.toHaveProperty('suspects');
  });

  it('says that a signed Authorization cannot match, whatever else is wrong', () => {
    const { cause, text } = explain({ ...signed({ signedHeaders: ['authorization', 'x-sdk-date'] }), method: 'HEAD' });
    expect(cause).toEqual({ code: 'AUTHORIZATION_SIGNED', text });
    expect(text).toMatch(/^The header authorization is among .* Take authorization out of the signed headers\.$/);
  });

  it('says the time zone of the header alone where the signature matches', () => {
    const { text, cause } = explain(signed(), { arrival: NOW - 2 * 3600_000 });
    expect(cause).toEqual({ code: 'LOCAL_TIME', text });
    expect(text).toBe(
      'The signer took local time for UTC. The zone seems to be UTC+02:00. ' +
        'X-Sdk-Date is UTC everywhere: have the signer format it so, Z included.',
    );
  });
});
