import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Architecture, type Fingerprint, isAsBefore } from './bundle';

const ROOT = path.join(__dirname, '..');

/** A web framework on Lambda: its sources are in `lambda/frameworks/<name>/`, which has the reasons too. */
export interface Framework {
  readonly name: string;
  /** As people write it. */
  readonly title: string;
  readonly language: 'Node.js' | 'Python' | 'Java';
  /** Lambda's runtime identifier. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html */
  readonly runtime: 'nodejs24.x' | 'python3.13' | 'java25';
  readonly handler: string;
  /** What turns a function URL's event into the framework's request, and back. */
  readonly adapter: string;
  /** What it needs in its environment beside the service's own variables. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whether it answers `POST /thumbnails`. */
  readonly thumbnails: boolean;
  /** Whether its runtime has SnapStart. https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html#snapstart-runtimes */
  readonly snapStart: boolean;
}

/** Memory of each function, in MiB, by default: in Python a picture of 50 megapixels takes most of it. */
export const FRAMEWORK_MEMORY_MIB = 1_024;

/** The one table of the frameworks: packages, tests, figures, the stack and the docs go by it. */
export const FRAMEWORKS = [
  {
    name: 'express',
    title: 'Express',
    language: 'Node.js',
    runtime: 'nodejs24.x',
    handler: 'handler.handler',
    adapter: '@codegenie/serverless-express',
    environment: { NODE_OPTIONS: '--enable-source-maps' },
    thumbnails: true,
    snapStart: false,
  },
  {
    name: 'nestjs',
    title: 'NestJS',
    language: 'Node.js',
    runtime: 'nodejs24.x',
    handler: 'handler.handler',
    adapter: '@codegenie/serverless-express',
    environment: { NODE_OPTIONS: '--enable-source-maps' },
    thumbnails: true,
    snapStart: false,
  },
  {
    name: 'fastapi',
    title: 'FastAPI',
    language: 'Python',
    runtime: 'python3.13',
    handler: 'handler.handler',
    adapter: 'Mangum',
    environment: {},
    thumbnails: true,
    snapStart: true,
  },
  {
    name: 'flask',
    title: 'Flask',
    language: 'Python',
    runtime: 'python3.13',
    handler: 'handler.handler',
    adapter: 'apig-wsgi',
    environment: {},
    thumbnails: true,
    snapStart: true,
  },
  {
    name: 'spring-boot',
    title: 'Spring Boot',
    language: 'Java',
    runtime: 'java25',
    handler: 'thumbnails.springboot.LambdaHandler',
    adapter: 'aws-serverless-java-container',
    environment: {},
    thumbnails: false,
    snapStart: true,
  },
  {
    name: 'spring-cloud-function',
    title: 'Spring Cloud Function',
    language: 'Java',
    runtime: 'java25',
    handler: 'org.springframework.cloud.function.adapter.aws.FunctionInvoker',
    adapter: 'spring-cloud-function-adapter-aws',
    environment: {
      MAIN_CLASS: 'thumbnails.cloudfunction.CloudFunctionApp',
      SPRING_CLOUD_FUNCTION_DEFINITION: 'http',
    },
    thumbnails: false,
    snapStart: true,
  },
] as const satisfies readonly Framework[];

export type FrameworkName = (typeof FRAMEWORKS)[number]['name'];

/** A package as it was built. */
export interface PackageEntry extends Fingerprint {
  /** The zip, by path from the root. One of Java is the same for each architecture. */
  readonly file: string;
  readonly unzippedBytes: number;
}

/** `bundle/frameworks/<name>.json`: what the packages were made of, and what came of it. */
export interface PackageManifest {
  /** The layout of this file. */
  readonly format: 1;
  /** Source files, by path from the root. */
  readonly sources: Readonly<Record<string, Fingerprint>>;
  /** What compiled it, as it says of itself; null where that step was left out, for want of the tool. */
  readonly compiler: string | null;
  readonly packages: Readonly<Record<Architecture, PackageEntry>>;
}

export const FRAMEWORK_PACKAGES = path.join(ROOT, 'bundle', 'frameworks');

/** The command that builds the package of one framework. */
export const buildCommand = (name: FrameworkName): string => `npm run frameworks -- ${name}`;

export const manifestFile = (name: FrameworkName, folder = FRAMEWORK_PACKAGES): string =>
  path.join(folder, `${name}.json`);

/** In place of the hash of a package that is not there at synth. Nothing is ever uploaded under it. */
export const notBuilt = (name: FrameworkName): string => createHash('sha256').update(name).digest('hex');

/** The manifest of a framework's packages, or why there is none that fits the sources as they are now. */
export function packageState(
  name: FrameworkName,
  folder = FRAMEWORK_PACKAGES,
): { manifest: PackageManifest } | { stale: string } {
  let text: string;
  try {
    text = readFileSync(manifestFile(name, folder), 'utf8');
  } catch {
    return { stale: 'it has not been built yet' };
  }
  const manifest = JSON.parse(text) as PackageManifest;
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- an older checkout may have written it
  if (manifest.format !== 1) return { stale: 'an older version of this repository built it' };
  const changed = [
    ...Object.entries(manifest.sources),
    ...Object.values(manifest.packages).map((entry) => [entry.file, entry] as const),
  ].flatMap(([file, then]) => (isAsBefore(path.join(ROOT, file), then) ? [] : [file]));
  if (changed.length === 0) return { manifest };
  return { stale: `these have changed since: ${[...new Set(changed)].join(', ')}` };
}

/**
 * The package of a framework's function, as it was built, and its SHA-256, so that CDK need not hash it. Nothing is
 * built here: synth needs no toolchain.
 *
 * @throws Error naming the command that builds it, where it is missing or not what the sources would give now
 */
export function frameworkPackage(
  name: FrameworkName,
  architecture: Architecture,
  folder = FRAMEWORK_PACKAGES,
): { path: string; hash: string } {
  const state = packageState(name, folder);
  if ('stale' in state) {
    throw new Error(`The package of ${name} is not built: ${state.stale}. Run: ${buildCommand(name)}`);
  }
  const { file, sha256 } = state.manifest.packages[architecture];
  return { path: path.join(ROOT, file), hash: sha256 };
}
