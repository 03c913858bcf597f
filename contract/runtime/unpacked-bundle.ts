import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { unzipSync } from 'fflate';
import { type Architecture, type BundledZip, serviceBundle } from '../../packaging/bundle';

const CACHE = path.join(__dirname, '..', '..', '.cache');

/** Whether the native library in the bundle, for Linux with glibc, runs here. */
const runsHere = (): boolean =>
  process.platform === 'linux' && 'glibcVersionRuntime' in (process.report.getReport() as { header: object }).header;

/**
 * Unpacks the very zip that is deployed for this machine's architecture. Elsewhere than on Linux with glibc it leaves
 * the native library out, and the machine's own is found, in the repository's node_modules above.
 *
 * @param parent a folder below the repository's, in which it gets one of its own
 * @throws Error where it can't be written, such as on a full disk; then nothing of it is left
 */
export function unpackBundle(
  bundle: (architecture: Architecture) => BundledZip = serviceBundle,
  parent: string = CACHE,
): {
  folder: string;
  remove: () => void;
} {
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(path.join(parent, 'unpacked-'));
  const zip = readFileSync(bundle(process.arch as Architecture).path);
  const wanted = runsHere() ? () => true : ({ name }: { name: string }) => !name.startsWith('node_modules/');
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    for (const [name, content] of Object.entries(unzipSync(zip, { filter: wanted }))) {
      const file = path.join(folder, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
    return { folder, remove };
  } catch (error) {
    remove();
    throw error;
  }
}
