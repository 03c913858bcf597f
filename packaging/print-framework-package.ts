import { type FrameworkName, frameworkPackage, FRAMEWORKS, notBuilt } from './framework-packages';

/**
 * Where the package of a framework for Lambda is.
 *
 * @param hash the key that the app was synthesised with: another package must not be uploaded under it
 * @throws Error that says what to do, where the package is not there, or is not that one
 */
function packageOf(name: FrameworkName, hash: string): string {
  const made = frameworkPackage(name, 'arm64');
  if (made.hash === hash) return made.path;
  const then =
    hash === notBuilt(name)
      ? 'was not there when the app was synthesised'
      : 'has been built again since the app was synthesised';
  throw new Error(
    `The package of ${name} ${then}. To deploy what is there now, synthesise again: cdk deploy does, unless it is ` +
      'given what was synthesised earlier (--app cdk.out).',
  );
}

/** Prints where it is, as `cdk deploy` asks; fails with what to do, before anything is deployed. */
const [name, hash] = process.argv.slice(2);
const framework = FRAMEWORKS.find((one) => one.name === name);
try {
  if (!framework)
    throw new Error(
      `${name ?? 'nothing'} is no framework; allowed are ${FRAMEWORKS.map((one) => one.name).join(', ')}`,
    );
  if (hash === undefined) throw new Error(`The hash of the package of ${framework.name} is missing`);
  process.stdout.write(packageOf(framework.name, hash));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
