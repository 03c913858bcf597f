import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Framework, FrameworkName } from '../../packaging/framework-packages';
import { bundleEcho } from '../../packaging/frameworks/node';
import { CACHE, run, SOURCES } from '../../packaging/frameworks/recipe';
import { runtimeClient } from '../../contract/runtime/framework-clients';
import { unpackedPackage } from '../../packaging/frameworks/unpack';
import type { FunctionConfiguration } from '../../contract/runtime/lambda-function';

/**
 * The echo of a framework: a program among its own tests that answers, through the framework's adapter and libraries as
 * they are packaged, what `round-trip.test.ts` asks. `remove` takes away what was made for it.
 */
export interface Echo {
  readonly configuration: Partial<FunctionConfiguration>;
  readonly remove: () => void;
}

export async function makeEcho({ name, language }: Framework & { readonly name: FrameworkName }): Promise<Echo> {
  if (language === 'Python') {
    const { PYTHONPATH } = runtimeClient(language).environment;
    const tests = path.join(SOURCES, name, 'tests');
    const environment = { PYTHONPATH: `${PYTHONPATH}:${tests}`, PYTHONDONTWRITEBYTECODE: '1' };
    return { configuration: { handler: 'echo.handler', environment }, remove: () => undefined };
  }
  mkdirSync(CACHE, { recursive: true });
  const code = mkdtempSync(path.join(CACHE, 'echo-'));
  const remove = () => {
    rmSync(code, { recursive: true, force: true });
  };
  if (language === 'Node.js') {
    const task = { progress: () => undefined, signal: new AbortController().signal };
    for (const [file, content] of await bundleEcho(name, task)) writeFileSync(path.join(code, file), content);
    return { configuration: { code }, remove };
  }
  const unpacked = unpackedPackage(name);
  for (const entry of readdirSync(unpacked)) symlinkSync(path.join(unpacked, entry), path.join(code, entry));
  const source = path.join(SOURCES, name, 'src', 'test', 'java', 'echo');
  const [file = ''] = readdirSync(source);
  await run(javac(), ['-classpath', `${code}:${code}/lib/*`, '-d', code, path.join(source, file)]);
  const main = `echo.${path.basename(file, '.java')}`;
  const handler = name === 'spring-boot' ? { handler: `${main}$Handler` } : {};
  return { configuration: { code, ...handler, environment: { MAIN_CLASS: main } }, remove };
}

/** The compiler beside the `java` that runs the packages. */
export const javac = (): string => {
  const [java = 'java'] = runtimeClient('Java').command;
  return path.isAbsolute(java) ? path.join(path.dirname(java), 'javac') : 'javac';
};

/** Why the echo of a language can't be made here; nothing where it can. */
export function unechoed({ language }: Framework): string | undefined {
  if (language !== 'Java' || !path.isAbsolute(javac()) || existsSync(javac())) return undefined;
  return `there is no compiler beside ${javac()}. Install a whole JDK, then run: npm run frameworks`;
}
