import { FRAMEWORKS, frameworkPackage } from '../lib/framework-packages';

/** Prints where the package of a framework for Lambda is, as `cdk deploy` asks; fails with the command that builds it. */
const [name] = process.argv.slice(2);
const framework = FRAMEWORKS.find((one) => one.name === name);
try {
  if (!framework)
    throw new Error(
      `${name ?? 'nothing'} is no framework; allowed are ${FRAMEWORKS.map((one) => one.name).join(', ')}`,
    );
  process.stdout.write(frameworkPackage(framework.name, 'arm64').path);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
