import { readdirSync } from 'node:fs';
import { basename } from 'node:path';

/**
 * Which tests a mutant of each source must pass. Not all tests of a layer: those take minutes for one mutant that
 * survives, and there are thousands. A mutant that other tests would have caught counts as survived, so that the score is
 * a lower bound. A source is named by its path in its layer, a test by its file name.
 */
const table = {
  core: [
    ['verify/content-type', 'content-type core/content-types verifier.options'],
    ['verify/other-schemes', 'other-schemes'],
    ['printable scheme/wire-text scheme/own-text', 'printable signature verification'],
    [
      'scheme/authorization fast/authorization-cache verify/authorization-header',
      'authorization verification verifier.rows authorization-cache',
    ],
    [
      'scheme/raw-headers fast/header-names verify/signed-headers',
      'content-type core/content-types verification verifier.body verifier.headers verifier.rows raw-headers',
    ],
    [
      'scheme/wire-request verify/received-request scheme/names scheme/signed-headers',
      'core/content-types verifier.headers verifier.rows sign-request canonical-request-hash raw-headers explain-mismatch',
    ],
    ['scheme/canonical-request', 'signature canonical-request-hash verifier.headers verifier.target canonical-request'],
    ['fast/canonical-request-hash', 'canonical-request-hash verifier.rows core/vectors'],
    [
      'fast/canonical-target fast/recoded-query verify/request-target',
      'canonical-target recoded-query verifier.target verifier.rows',
    ],
    ['fast/hmac scheme/signature', 'equal-signatures hmac keyring.rotation signature verifier.body verifier.rows'],
    [
      'verify/verification verify/head-verification verify/body-hash scheme/sdk-date maybe-promise verify/verifier ' +
        'verify/verifier.options check-options',
      'check-options verifier.options verification verifier.rows verifier.body verifier.headers core/content-types ' +
        'core/verify/path-prefix verifier.target realms signature core/replay sign-request authorization-cache',
    ],
    [
      'refusal refusal-remedies verify/verdict',
      'refusal core/refusal-remedies migration verifier.rows verifier.headers verifier.body keyring.rotation core/replay',
    ],
    [
      'keys/keyring scheme/key timely-answer',
      'keyring.rotation sign-request verifier.options core/replay startup.keys keyring',
    ],
    ['keys/keys-setting', 'keys-setting'],
    [
      'replay/replay.store replay/memory-replay.store replay/redis-replay.store',
      'core/replay redis-replay.store verifier.options memory-replay.store',
    ],
    ['replay/redis-clients replay/pending-replies', 'redis-clients redis-replay.store'],
    ['scheme/sign-request scheme/canonical-parts', 'sign-request signature verifier.headers'],
    ['curl-command', 'curl-command curl-command.property'],
    [
      'explain/json-spellings explain/json-styles explain/json-tree explain/body-causes',
      'json-spellings body-causes guesses core/explain/cases explain-mismatch empty-body kinds',
    ],
    [
      'explain/path-causes explain/query-causes explain/told-targets explain/host-causes explain/header-causes',
      'path-causes query-causes header-causes guesses core/explain/path-prefix query-order core/explain/cases explain-mismatch kinds',
    ],
    [
      'explain/cause-search explain/causes explain/guess explain/iterables explain/secret-causes explain/date-cause ' +
        'explain/content-type-cause',
      'guess guesses cause-search content-type-cause core/explain/cases empty-body query-order explain-mismatch kinds body-causes query-causes core/explain/path-prefix',
    ],
    [
      'explain/explain-mismatch explain/explanation explain/remedies explain/see-request explain/suspects explain/words',
      'explain-mismatch words guesses suspects core/explain/cases core/explain/path-prefix empty-body core/explain/guide kinds body-causes',
    ],
  ],
  http: [
    ['ring retry-after', 'retry-after held-bytes.model held-bytes'],
    [
      'body-hold held-bytes',
      'held-bytes.model body-limit held-bytes body-endings aborted middleware stalled-bodies held-bytes.http2',
    ],
    [
      'captured-body',
      'emulated-requests refused-bodies bodies middleware body-limit aborted declared-body-hash body-endings held-bytes http2 ' +
        'explain.log',
    ],
    [
      'body-capture private-state request-state',
      'body-capture private-state injection serverless middleware header-lines http2 two-applications signer-service lazy-module refusals ' +
        'unsigned-content-type method-override ambiguity-reasons refused-bodies explain.log',
    ],
    [
      'node-request refused-body',
      'node-request header-lines http2 ambiguity-reasons serverless body-limit connections middleware mounting graphql websocket lingering-close explain.log',
    ],
  ],
  nest: [
    [
      'apig-signature.decorators route-policy',
      'decorators policies policies.inheritance nest/handed-out handler-parameters startup-audit secrets-unseen',
    ],
    [
      'apig-signature.module apig-signature.module-definition',
      'startup.module startup.keys without-http testing-module secrets-unseen',
    ],
    [
      'keys/hidden-keys keys/keyring-source keys/configured-keys',
      'startup.keys startup.module key-function keys-file secrets-unseen',
    ],
    [
      'apig-signature.options',
      'startup.module decorators policies nest/content-types body-limit held-bytes report-mode explain.log explain.response',
    ],
    [
      'startup/startup-audit startup/startup.warnings startup/option.warnings startup/declared-handlers startup/nest-metadata startup/loaded-copies',
      'startup-audit option-warnings startup.module lost-marks message-warnings field-warnings nest/hybrid path-escapes two-copies',
    ],
    ['startup/route-paths startup/path-escape.warnings', 'path-escapes startup-audit respelled-paths'],
    [
      'body-capture-installer',
      'bodies mounting middleware lazy-module injection two-applications connections startup.module without-http testing-module',
    ],
    [
      'report/mismatch-log report/sparse-log',
      'sparse-log explain.log explain.response nest/path-prefix report-mode explain.causes on-verdict',
    ],
    ['kept-body', 'read-body'],
    ['raw-body.interceptor signer.service', 'signer-service on-verdict explain.log'],
    ['get-verdict', 'get-verdict websocket'],
    [
      'verification.service signature.guard signature.exception request-in-context',
      'method-override header-lines unsigned-content-type one-request-many-guards refusals body-limit startup.module ' +
        'signer-service read-body on-verdict stalled-bodies explain.log graphql graphql-subscriptions websocket',
    ],
    [
      'signature-admission',
      'policies refusals report-mode one-request-many-guards graphql graphql-subscriptions websocket explain.response ' +
        'signer-service held-bytes',
    ],
    [
      'handler-verdicts',
      'get-verdict handler-parameters one-request-many-guards graphql mounting two-applications report-mode websocket ' +
        'without-http',
    ],
    [
      'report/verdict-event report/verdict-reporter report/signature-metrics',
      'on-verdict log-refusals report-mode signature-metrics refusals',
    ],
  ],
};

const testFiles = readdirSync('test', { recursive: true }).filter((file) => /\.test\.ts$/.test(file));

/** A layer's rooms: what is mutated together, and the tests that each mutant meets, in that order. */
export function roomsOf(layer) {
  return table[layer].map(([sources, tests]) => ({
    sources: sources.split(' ').map((source) => `src/${layer}/${source}.ts`),
    tests: tests.split(' ').map(fileOf),
  }));
}

/** The file of a test: `core/replay` is a test of that name below test/core. */
function fileOf(test) {
  const name = basename(test);
  const folder = test.slice(0, -name.length);
  const found = testFiles.filter(
    (file) => file.startsWith(folder) && basename(file).replace(/(\.system)?\.test\.ts$/, '') === name,
  );
  if (found.length !== 1) throw new Error(`rooms.js: ${found.length} tests have the name ${test}`);
  return `test/${found[0]}`;
}
