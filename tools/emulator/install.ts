import path from 'node:path';
import { PythonEnvironment } from '../python-environment';

const environment = new PythonEnvironment('ministack', path.join(__dirname, 'requirements.txt'));

/** The emulator's command; undefined where it is not installed, or not as tools/emulator/requirements.txt says. */
export const emulatorBinary = (): string | undefined => environment.command('ministack');

async function install(): Promise<void> {
  const problem = await environment.install();
  // No failure: the tests then say that they are left out.
  if (problem !== undefined) console.error(`ministack: not installed, its tests are left out: ${problem}`);
}

if (require.main === module && emulatorBinary() === undefined) void install();
