import path from 'node:path';
import { PythonEnvironment } from '../python-environment';

const environment = new PythonEnvironment('ministack', path.join(__dirname, 'requirements.txt'));

/** The emulator's command; undefined where it is not installed, or not as tools/emulator/requirements.txt says. */
export const emulatorBinary = (): string | undefined => environment.command('ministack');

/**
 * Installs the emulator, where it is not there.
 *
 * @throws Error that says why it could not be installed, and what to do
 */
export async function installEmulator(signal?: AbortSignal): Promise<void> {
  const problem = await environment.installFor('ministack', signal);
  signal?.throwIfAborted();
  if (problem === undefined) return;
  throw new Error(
    `ministack, which plays AWS, could not be installed: ${problem}. It takes Python 3 with venv and pip (on Debian: ` +
      'apt-get install python3-venv) and, once, the package index. With them: npm run emulator',
  );
}

if (require.main === module)
  installEmulator().catch((error: unknown) => {
    // No failure: the tests then say that they are left out.
    console.error((error as Error).message);
  });
