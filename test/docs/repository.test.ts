import { execFileSync, spawnSync } from 'node:child_process';
import { accessSync, constants, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseDocument } from 'yaml';
import { filesOf } from './pages.js';

interface Package {
  readonly bin: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
  readonly repository: { readonly url: string };
  readonly bugs: { readonly url: string };
  readonly homepage: string;
}

const readPackage = (folder = '.') => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Package;
const { bin, scripts } = readPackage();

/** A YAML file. Throws an Error for one that is not valid, for a duplicate key, and for what the parser warns of. */
function readYaml(path: string): unknown {
  const document = parseDocument(readFileSync(path, 'utf8'), { strict: true });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem) throw new Error(`${path}: ${problem.message}`);
  return document.toJS() as unknown;
}

describe('the commands that documents and workflows name', () => {
  const TEXTS = [...filesOf(/\.(md|ya?ml|cjs)$/), '.ci/run', 'scripts/hooks.json', 'scripts/address.js'];

  /** Of `npm run -s build -- --flag`: build. Folders with a package of their own have their own scripts. */
  const commandsIn = (text: string) => [
    ...Array.from(text.matchAll(/\bnpm run (?!-*prefix)(?:-s |--silent )?([a-z][\w:-]*)/g), ([, name]) => name!),
    ...Array.from(text.matchAll(/\bnpm (start|test)\b/g), ([, name]) => name!),
  ];

  it.each(TEXTS)('are scripts of package.json: %s', (path) => {
    const named = commandsIn(readFileSync(path, 'utf8'));
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it.each(['CONTRIBUTING.md', '.ci/run', 'scripts/hooks.json', ...filesOf(/\.ya?ml$/, '.github')])(
    'are programs of a dependency, or of the package: %s',
    (path) => {
      const named = Array.from(readFileSync(path, 'utf8').matchAll(/\bnpx ([a-z][\w-]*)/g), ([, name]) => name!);
      expect(named.filter((name) => !existsSync(join('node_modules/.bin', name)) && !(name in bin))).toEqual([]);
    },
  );

  it('are found in a text', () => {
    const text = '`npm run a:b`, npm run -s c && npm test; `npm start`, npm run --silent d';
    expect(commandsIn(text)).toEqual(['a:b', 'c', 'd', 'test', 'start']);
  });
});

describe('workflows', () => {
  interface Workflow {
    readonly on: object;
    readonly permissions: object;
    readonly jobs: Readonly<Record<string, { 'runs-on': string; needs?: string; steps: readonly object[] }>>;
  }
  const files = filesOf(/\.ya?ml$/, '.github/workflows');
  const runs = (path: string) =>
    Object.values((readYaml(path) as Workflow).jobs).flatMap(({ steps }) =>
      (steps as readonly { readonly run?: string }[]).flatMap(({ run }) => run ?? []),
    );

  it.each(files)('%s has explicit rights, and jobs whose steps do one thing', (path) => {
    const { on, permissions, jobs } = readYaml(path) as Workflow;
    expect(Object.keys(on)).not.toEqual([]);
    expect(permissions).toEqual({ contents: 'read' });
    for (const { 'runs-on': machine, needs, steps } of Object.values(jobs)) {
      expect(machine).toBe('ubuntu-latest');
      expect(Object.keys(jobs)).toEqual(expect.arrayContaining([needs ?? []].flat()));
      expect(steps.filter((step) => 'run' in step === 'uses' in step)).toEqual([]);
    }
  });

  it('run everything for each change, the matrix on a schedule, and publish with provenance', () => {
    expect(files.map((path) => [path, runs(path)])).toEqual([
      ['.github/workflows/ci.yml', ['.ci/run', 'npm ci', 'npm run matrix']],
      [
        '.github/workflows/release.yml',
        ['.ci/run', expect.stringContaining('GITHUB_REF_NAME'), 'npm ci', 'npm publish --provenance --access public'],
      ],
    ]);
    accessSync('.ci/run', constants.X_OK);
  });
});

it.each(['bug', 'question'])('the form for a %s has what GitHub requires', (name) => {
  interface Form {
    readonly name: string;
    readonly description: string;
    readonly body: readonly { type: string; id?: string; attributes: { label?: string; value?: string } }[];
  }
  const form = readYaml(`.github/ISSUE_TEMPLATE/${name}.yml`) as Form;
  expect(form).toMatchObject({ name: expect.any(String) as string, description: expect.any(String) as string });
  const fields = form.body.filter(({ type }) => type !== 'markdown');
  expect(fields.filter(({ type, attributes }) => type !== 'textarea' || !attributes.label)).toEqual([]);
  expect(new Set(fields.map(({ id }) => id)).size).toBe(fields.length);
});

it('dependabot watches only folders with a package', () => {
  const { updates } = readYaml('.github/dependabot.yml') as {
    updates: { directories?: string[]; 'package-ecosystem': string }[];
  };
  expect(updates.map((update) => update['package-ecosystem'])).toEqual(['npm', 'github-actions']);
  for (const folder of updates[0]!.directories!) accessSync(join('.', folder, 'package-lock.json'));
});

it('npm install installs no git hook by itself', () => {
  expect(Object.keys(scripts).filter((name) => /^(pre|post)?(install|prepare)$/.test(name))).toEqual([]);
  // Its own postinstall would look there.
  expect(readPackage()).not.toHaveProperty('simple-git-hooks');
  expect(readdirSync('.').filter((name) => name.includes('simple-git-hooks'))).toEqual([]);
});

describe('the address of the repository', () => {
  /** A copy of the files that have it. */
  function copy(): string {
    const folder = mkdtempSync(join(tmpdir(), 'address-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    for (const path of ['package.json', 'scripts/address.js', '.github']) {
      cpSync(path, join(folder, path), { recursive: true });
    }
    return folder;
  }
  const address = (folder: string, ...args: string[]) =>
    spawnSync(process.execPath, ['scripts/address.js', ...args], { cwd: folder, encoding: 'utf8' });
  const addressesIn = (folder: string) => {
    const { repository, bugs, homepage } = readPackage(folder);
    const { contact_links } = readYaml(join(folder, '.github/ISSUE_TEMPLATE/config.yml')) as {
      contact_links: { url: string }[];
    };
    return [repository.url, bugs.url, homepage, ...contact_links.map(({ url }) => url)];
  };
  const addressesOf = (url: string) => [`git+${url}.git`, `${url}/issues`, `${url}#readme`, `${url}/security/policy`];

  it('is the same in every place', () => {
    expect(addressesIn('.')).toEqual(addressesOf(/^git\+(.+)\.git$/.exec(readPackage().repository.url)![1]!));
  });

  it('is set by one command, also a second time', () => {
    const folder = copy();
    for (const url of ['https://git.example.org/a/b', 'https://git.example.org/c/d']) {
      execFileSync(process.execPath, ['scripts/address.js', `${url}/`], { cwd: folder });
      expect(addressesIn(folder)).toEqual(addressesOf(url));
    }
    expect(address(folder, '--check').status).toBe(0);
  });

  it.each(['', 'a/b', 'http://git.example.org/a', 'https://git.example.org', 'https://git.example.org/a?b'])(
    'cannot be "%s"',
    (wrong) => {
      const folder = copy();
      expect(address(folder, wrong)).toMatchObject({ status: 1, stderr: expect.stringMatching(/npm run address/) });
      expect(addressesIn(folder)).toEqual(addressesIn('.'));
    },
  );

  it('stops a publication while it is a placeholder', () => {
    const folder = copy();
    execFileSync(process.execPath, ['scripts/address.js', 'https://repository.example/a'], { cwd: folder });
    expect(address(folder, '--check')).toMatchObject({ status: 1, stderr: expect.stringContaining('placeholder') });
    expect(scripts.prepublishOnly).toBe('node scripts/address.js --check');
  });
});
