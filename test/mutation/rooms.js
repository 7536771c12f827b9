/**
 * Which tests a mutant of each source has to get past. Not all of a layer's: those take minutes for one that survives,
 * and there are thousands. What other tests would have caught counts as survived, so that the score is a lower bound.
 */
const table = {
  core: [
    ['content-type', 'content-type'],
    ['printable wire-text', 'printable signature verification'],
    ['authorization authorization.memory', 'authorization authorization.memory verifier.rows'],
    ['header-lines signed-headers', 'header-lines content-type verifier.headers verifier.rows verification'],
    ['wire-request received-request', 'header-lines verifier.headers verifier.rows signer mismatch'],
    ['canonical-request', 'canonical-request canonical-request.hash signature verifier.target verifier.headers'],
    ['canonical-request.hash', 'canonical-request.hash verifier.rows vectors'],
    ['canonical-target recoded-query request-target', 'canonical-target recoded-query verifier.target verifier.rows'],
    ['hmac signature latin1', 'hmac keyring.rotation signature verifier.rows'],
    [
      'verification claim declared-body-hash body-hash sdk-date maybe-promise verifier verifier.options',
      'verifier.rows verifier.options verification verifier.body verifier.headers verifier.target signature replay signer authorization.memory keyring',
    ],
    ['refusal verdict', 'migration verifier.rows verifier.headers verifier.body keyring.rotation replay'],
    ['keyring timely-answer', 'keyring.rotation signer verifier.options replay keyring nest/startup.keys'],
    ['keys.setting', 'keys.setting'],
    [
      'replay.store memory-replay.store redis-replay.store',
      'replay redis-replay.store verifier.options memory-replay.store',
    ],
    ['signer', 'signer signature verifier.headers'],
    ['curl-command', 'curl-command curl-command.property'],
    ['mismatch/*', 'mismatch mismatch.guesses'],
  ],
  nest: [
    [
      'apig-signature.decorators route.policy',
      'decorators policies policies.inheritance handler-parameters startup-audit secrets-unseen',
    ],
    [
      'apig-signature.module apig-signature.module-definition',
      'startup.module startup.keys without-http testing-module secrets-unseen',
    ],
    ['hidden.keys keyring.source', 'startup.keys startup.module key-function secrets-unseen'],
    ['apig-signature.options', 'startup.module decorators policies body-limit held-bytes report-mode explain.log'],
    ['boot.audit boot.warnings declared.handlers', 'startup-audit startup.module'],
    ['body.hold held-bytes', 'body-limit held-bytes.model body-endings held-bytes aborted middleware'],
    [
      'body.tap object.memory tap.memory',
      'bodies memories middleware body-endings body-limit http2 aborted declared-body-hash injection header-lines ' +
        'signer-service explain.log held-bytes body-interleaving lazy-module refusals unsigned-content-type',
    ],
    [
      'body-tap.installer',
      'bodies mounting middleware lazy-module injection two-applications connections startup.module without-http testing-module',
    ],
    [
      'http.request refused.body',
      'header-lines http2 body-limit connections middleware mounting graphql websocket lingering-close explain.log',
    ],
    ['mismatch.log sparse.log', 'explain.log report-mode on-verdict explain.causes'],
    ['raw-body.interceptor signer.service', 'signer-service on-verdict explain.log'],
    [
      'request.verifier signature.guard signature.exception',
      'method-override header-lines unsigned-content-type one-request-many-guards refusals body-limit startup.module signer-service on-verdict explain.log',
    ],
    [
      'signature.gate',
      'policies refusals report-mode on-verdict one-request-many-guards graphql websocket signer-service held-bytes',
    ],
    [
      'verdict.memory',
      'handler-parameters one-request-many-guards graphql mounting two-applications report-mode websocket without-http',
    ],
    ['verdict.event verdict.reporter', 'on-verdict report-mode refusals'],
  ],
};

/** A layer's rooms: what is mutated together, and the tests it meets, in that order. */
export function roomsOf(layer) {
  return table[layer].map(([sources, tests]) => ({
    sources: sources.split(' ').map((source) => `src/${layer}/${source}.ts`),
    tests: tests.split(' ').map((test) => `test/${test.includes('/') ? test : `${layer}/${test}`}.test.ts`),
  }));
}
