import { strict as assert } from 'node:assert';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

for (const name of ['', '/core', '/signer-page', '/testing']) {
  const entry = `nestjs-apig-signature${name}`;
  const imported = await import(entry);
  const required = require(entry);
  assert.notDeepEqual(Object.keys(imported), []);
  for (const [exported, value] of Object.entries(imported)) {
    assert.ok(required[exported] === value, `${entry}: import and require give two different ${exported}`);
  }
}
