const COPIES = Symbol.for('nestjs-apig-signature copies');

/** The folder of this file, from a stack trace. Nothing else works in both module systems of the package. */
const HERE = /(?:\(|at )((?:file:\/\/)?[^()\n]+)[\\/]nest[\\/]startup[\\/]loaded-copies\.\w+:/.exec(
  String(new Error().stack),
)?.[1];

/** The folders from which this process loaded the package: one entry for each copy. */
const copies = ((globalThis as { [COPIES]?: string[] | undefined })[COPIES] ??= []);
copies.push(HERE ?? 'an unknown place');

/** The message about several copies of this package. Returns nothing if there is one copy. */
export function otherCopies(): string | undefined {
  if (copies.length < 2) return undefined;
  return (
    `${copies.length} copies of nestjs-apig-signature were loaded: ${copies.join(', ')}. The guard of one does not find ` +
    'the module of another. Let the whole application resolve one copy: list the package once, at the root of the ' +
    'monorepo, run npm dedupe; in place of npm link, install the tarball of npm pack'
  );
}
