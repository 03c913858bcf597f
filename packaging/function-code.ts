import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { NODE_MAJOR } from './node-version';

const ROOT = path.join(__dirname, '..');
const made = new Map<string, { path: string; hash: string }>();

/**
 * A small function of this repository, compiled into one file, `index.mjs`, or `index.js` of CommonJS, that runs on
 * Lambda's Node.js. The AWS SDK is left out, since the runtime brings it along (Lambda Developer Guide, "Building Lambda
 * functions with Node.js").
 *
 * @param entry its TypeScript, from the repository's root
 * @param format `cjs` for CDK's `CustomResourceProvider`, which looks for `index.js`
 * @returns the folder, in `.cache/`, and a hash of what is in it
 */
export function lambdaCode(entry: string, format: 'esm' | 'cjs' = 'esm'): { path: string; hash: string } {
  const known = made.get(entry);
  if (known) return known;
  const file = format === 'esm' ? 'index.mjs' : 'index.js';
  const { outputFiles } = buildSync({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    outfile: file,
    bundle: true,
    platform: 'node',
    format,
    target: `node${NODE_MAJOR}`,
    external: ['@aws-sdk/*'],
    // Comments would name the files that it comes from, so that moving one would change the function.
    minifyWhitespace: true,
    tsconfigRaw: {},
    write: false,
    logLevel: 'error',
  });
  const code = outputFiles.map(({ text }) => text).join('');
  const hash = createHash('sha256').update(code).digest('hex');
  const folder = path.join(ROOT, '.cache', 'functions', hash.slice(0, 16));
  if (!existsSync(path.join(folder, file))) {
    mkdirSync(folder, { recursive: true });
    const unfinished = path.join(folder, `.${process.pid}`);
    writeFileSync(unfinished, code);
    renameSync(unfinished, path.join(folder, file));
  }
  const result = { path: folder, hash };
  made.set(entry, result);
  return result;
}
