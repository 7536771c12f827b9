// Sets the address of the repository wherever it stands: node scripts/address.js https://github.com/owner/name
// With --check it only fails as long as the address is the placeholder, so that nothing is published under it.
import console from 'node:console';
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { URL } from 'node:url';

const FILES = ['package.json', '.github/ISSUE_TEMPLATE/config.yml'];

const before = JSON.parse(readFileSync('package.json', 'utf8')).repository.url.replace(/^git\+|\.git$/g, '');
const [wish = ''] = process.argv.slice(2);

if (wish === '--check') {
  if (new URL(before).host.endsWith('.example')) stop(`repository of package.json is a placeholder: ${before}`);
} else {
  const after = wish.replace(/\/$|\.git$/, '');
  if (!/^https:\/\/[^\s/?#]+(\/[\w.-]+)+$/.test(after)) stop('npm run address -- https://github.com/owner/name');
  for (const file of FILES) writeFileSync(file, readFileSync(file, 'utf8').replaceAll(before, after));
}

function stop(problem) {
  console.error(problem);
  process.exit(1);
}
