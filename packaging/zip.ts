import { zipSync } from 'fflate';

// A zip's times are local ones, from 1980 on.
const MTIME = new Date(1980, 0, 1, 12);
// Unix, a regular file with these permissions: whatever the machine that made it.
const unix = (mode: number) => ({ os: 3, attrs: (0o100000 | mode) << 16 });

/**
 * A zip of these files whose bytes depend on their names and contents alone: fixed order, times and modes, and a
 * compressor in JavaScript, since that of Node.js gives other bytes on other processors.
 *
 * @param isExecutable which files anybody may run; all may be read by all
 */
export function zip(
  files: ReadonlyMap<string, Uint8Array>,
  isExecutable: (content: Uint8Array) => boolean = () => false,
): Uint8Array {
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  // Level 9 takes twice as long for 0.1 percent.
  return zipSync(
    Object.fromEntries(
      sorted.map(([name, bytes]) => [
        name,
        [bytes, { level: 6, mtime: MTIME, ...unix(isExecutable(bytes) ? 0o755 : 0o644) }],
      ]),
    ),
  );
}
