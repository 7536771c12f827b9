// What tsc leaves to do: it marks dist/cjs as CommonJS, makes the command line a program, copies the signing page, and
// removes declarations that no entry of the package reaches, a third of all files.
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ENTRIES = ['index.d.ts', 'core/index.d.ts', 'testing.d.ts', 'signer-page/index.d.ts'];
const IMPORT = /(?:from|import\() *['"](\.[^'"]+)\.(c?)js['"]/g;

writeFileSync('dist/cjs/package.json', JSON.stringify({ type: 'commonjs' }));
// npm does this when it links the program. `npx apig-sign` uses that link after each later build, too.
chmodSync('dist/esm/cli.js', 0o755);
cpSync('src/signer-page/page', 'dist/esm/signer-page/page', {
  recursive: true,
  filter: (path) => !path.endsWith('.json'),
});
for (const folder of ['dist/esm', 'dist/cjs']) removeUnreachable(folder);

function removeUnreachable(folder) {
  const reached = new Set();
  const open = ENTRIES.map((entry) => join(folder, entry));
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (reached.has(file) || !existsSync(file)) continue;
    reached.add(file);
    for (const [, path, isCommonJs] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
      open.push(join(dirname(file), `${path}.d.${isCommonJs}ts`));
    }
  }
  for (const name of readdirSync(folder, { recursive: true })) {
    const file = join(folder, name);
    if (/\.d\.c?ts$/.test(name) && !reached.has(file)) rmSync(file);
  }
}
