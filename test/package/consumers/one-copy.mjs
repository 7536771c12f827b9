import { strict as assert } from 'node:assert';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

for (const entry of ['nestjs-apig-signature', 'nestjs-apig-signature/core', 'nestjs-apig-signature/testing']) {
  const imported = await import(entry);
  const required = require(entry);
  assert.notDeepEqual(Object.keys(imported), []);
  for (const [name, value] of Object.entries(imported)) {
    assert.ok(required[name] === value, `${entry}: import and require give two different ${name}`);
  }
}
