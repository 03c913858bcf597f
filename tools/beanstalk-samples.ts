import { spawn } from 'node:child_process';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { BEANSTALK_PLATFORMS } from '../lambda/beanstalk/platforms';
import { noSuch } from './command-line';
import { type Sample, sampleOf, unzipSample } from './beanstalk-toolchains';

const HELP = `Builds the samples of Elastic Beanstalk's platforms as an instance does, into .cache/beanstalk/.

npm run beanstalk:samples               all that are not up to date
npm run beanstalk:samples -- java go    these
npm run beanstalk:samples -- --help     prints this

Platforms: ${BEANSTALK_PLATFORMS.join(', ')}`;

const progress = (line: string): void => {
  console.error(`beanstalk: ${line}`);
};

/** Runs a command line in the sample's folder, and throws Error with what it wrote if it fails. */
function run({ folder, environment }: Sample, command: string): Promise<void> {
  const child = spawn('sh', ['-c', command], { cwd: folder, env: environment });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${command} ended with ${code}:\n${output.trim()}`));
    });
  });
}

/** What was built of earlier contents of this sample. */
function olderVersions({ platform, folder, built }: Sample): string[] {
  const parent = path.dirname(folder);
  return readdirSync(parent)
    .filter((name) => name.startsWith(`${platform}-`))
    .map((name) => path.join(parent, name))
    .filter((each) => each !== folder && each !== built);
}

async function build(sample: Sample): Promise<void> {
  const started = Date.now();
  unzipSample(sample);
  for (const command of sample.build) {
    progress(`${sample.platform}: ${command}`);
    await run(sample, command);
  }
  // Last: what isn't whole counts as not built.
  writeFileSync(sample.built, '');
  for (const older of olderVersions(sample)) rmSync(older, { recursive: true });
  progress(`${sample.platform}: built in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

async function main(names: readonly string[]): Promise<void> {
  if (names.includes('--help') || names.includes('-h')) {
    console.log(HELP);
    return;
  }
  const unknown = names.filter((name) => !BEANSTALK_PLATFORMS.some((platform) => platform === name));
  if (unknown.length > 0) {
    console.error(`${unknown.map((name) => noSuch('platform', name, BEANSTALK_PLATFORMS, 2)).join('\n')}\n\n${HELP}`);
    process.exitCode = 2;
    return;
  }
  let skipped = 0;
  let failed = 0;
  const wanted = BEANSTALK_PLATFORMS.filter((platform) => names.length === 0 || names.includes(platform));
  // One after the other: each toolchain takes every processor by itself.
  for (const sample of wanted.map(sampleOf)) {
    if (sample.lacks !== undefined) {
      progress(`${sample.platform}: skipped, ${sample.lacks}`);
      skipped += 1;
    } else if (existsSync(sample.built)) {
      progress(`${sample.platform}: up to date`);
    } else {
      await build(sample).catch((error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        const isUnreachable = sample.unreachable?.test(message) ?? false;
        progress(
          `${sample.platform}: ${isUnreachable ? 'skipped, its base image cannot be fetched' : 'failed'}. ${message}`,
        );
        if (isUnreachable) skipped += 1;
        else failed += 1;
      });
    }
  }
  progress(`${wanted.length - skipped - failed} ready, ${skipped} skipped, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}

void main(process.argv.slice(2));
