const COPIES = Symbol.for('nestjs-apig-signature copies');

/** The folder of this very file, as a stack names it: the one way that works in both of the package's module systems. */
const HERE = /(?:\(|at )((?:file:\/\/)?[^()\n]+)[\\/]nest[\\/]startup[\\/]loaded-copies\.\w+:/.exec(
  String(new Error().stack),
)?.[1];

/** Where copies of this package were loaded from, in this process: one entry for each time. */
const copies = ((globalThis as { [COPIES]?: string[] | undefined })[COPIES] ??= []);
copies.push(HERE ?? 'an unknown place');

/** What to say of several copies of this package; nothing if there is one. */
export function otherCopies(): string | undefined {
  if (copies.length < 2) return undefined;
  return (
    `${copies.length} copies of nestjs-apig-signature were loaded: ${copies.join(', ')}. The guard of one does not find ` +
    'the module of another. Let the whole application resolve one copy: list the package once, at the root of the ' +
    'monorepo, run npm dedupe; in place of npm link, install the tarball of npm pack'
  );
}
