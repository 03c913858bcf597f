import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.join(__dirname, '..', '..');
const REQUIREMENTS = path.join(__dirname, 'requirements.txt');
/** A Python environment with the emulator and nothing else. */
const FOLDER = path.join(ROOT, '.cache', 'ministack');
/** Written last: says that all is there, and of which requirements. */
const INSTALLED = path.join(FOLDER, 'installed');

const wanted = (): string => createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex');

/** The emulator's command; undefined where it is not installed, or not as test/emulated/requirements.txt says. */
export const emulatorBinary = (): string | undefined =>
  existsSync(INSTALLED) && readFileSync(INSTALLED, 'utf8') === wanted()
    ? path.join(FOLDER, 'bin', 'ministack')
    : undefined;

/** Makes the environment. What hinders it is said, and is no failure: the tests then say that they are left out. */
function install(): void {
  console.error('emulator: fetching ministack with pip');
  rmSync(FOLDER, { recursive: true, force: true });
  const commands: readonly (readonly [string, ...string[]])[] = [
    ['python3', '-m', 'venv', FOLDER],
    [
      path.join(FOLDER, 'bin', 'pip'),
      ...['install', '--quiet', '--disable-pip-version-check', '--require-hashes', '-r', REQUIREMENTS],
    ],
  ];
  for (const [command, ...args] of commands) {
    const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    if (status === 0) continue;
    console.error(`emulator: not installed, its tests are left out: ${error?.message ?? `${command} failed`}`);
    rmSync(FOLDER, { recursive: true, force: true });
    return;
  }
  writeFileSync(INSTALLED, wanted());
}

if (require.main === module && emulatorBinary() === undefined) install();
