import type { BeanstalkPlatform } from '../../lambda/beanstalk/platforms';

/** The files of a bundle, as far as it matters which program a platform runs. */
interface BundledFiles {
  readonly names: readonly string[];
  /** What is in one of them; empty where it isn't there. */
  readonly text: (name: string) => string;
}

/** Whether these files tell a platform what to run. */
type Start = (files: BundledFiles) => boolean;

interface PlatformBundle {
  /** Files and folders, from the repository's root, whose content is the bundle. */
  readonly sources: readonly string[];
  /** Whether the service itself is in it, compiled, with its native library. */
  readonly service: boolean;
  readonly start: Start;
  /** The same in words. */
  readonly startedBy: string;
}

const anyOf =
  (...files: string[]): Start =>
  ({ names }) =>
    files.some((file) => names.includes(file));
const either =
  (...starts: Start[]): Start =>
  (files) =>
    starts.some((start) => start(files));
const procfileOr = (...others: Start[]): Start => either(anyOf('Procfile'), ...others);
const oneEndingIn =
  (ending: string): Start =>
  ({ names }) =>
    names.filter((name) => !name.includes('/') && name.endsWith(ending)).length === 1;

const startScript: Start = ({ text }) => {
  try {
    const { scripts } = JSON.parse(text('package.json')) as { scripts?: { start?: unknown } };
    return typeof scripts?.start === 'string' && scripts.start.trim() !== '';
  } catch {
    return false;
  }
};

/** As AWS's own tutorial for Django names the application. */
const wsgiPath: Start = ({ names, text }) =>
  names.some((name) => /^\.ebextensions\/[^/]+\.config$/.test(name) && /^[^#\n]*\bWSGIPath\b/m.test(text(name)));

/**
 * How each platform finds in its source bundle what it is to run. Each on Amazon Linux 2023: Elastic Beanstalk Developer
 * Guide, "Using the ... platform" of each and "Buildfile and Procfile", read in November 2026.
 */
export const PLATFORM_BUNDLES = {
  node: {
    sources: ['beanstalk/node', 'beanstalk/service-proxy'],
    service: true,
    start: procfileOr(startScript, anyOf('app.js', 'server.js')),
    startedBy: 'a Procfile, or a package.json with a start script, app.js or server.js',
  },
  python: {
    sources: ['beanstalk/python'],
    service: false,
    start: procfileOr(wsgiPath, anyOf('application.py')),
    startedBy:
      'a Procfile, or application.py with a WSGI callable of that name, or a WSGIPath in .ebextensions/*.config',
  },
  java: {
    sources: ['beanstalk/java'],
    service: false,
    start: procfileOr(oneEndingIn('.jar')),
    startedBy: 'a Procfile, or exactly one .jar file',
  },
  go: {
    sources: ['beanstalk/go'],
    service: false,
    start: procfileOr(anyOf('application.go', 'application', 'bin/application', 'Buildfile')),
    startedBy:
      'a Procfile, or application.go, or a program called application or bin/application, or a Buildfile that makes one',
  },
  php: {
    sources: ['beanstalk/php'],
    service: false,
    start: procfileOr(({ names }) => names.some((name) => name.endsWith('.php'))),
    startedBy: 'a Procfile, or at least one .php file',
  },
  ruby: {
    sources: ['beanstalk/ruby'],
    service: false,
    start: procfileOr(anyOf('config.ru')),
    startedBy: 'a Procfile, or config.ru',
  },
  dotnet: {
    sources: ['beanstalk/dotnet'],
    service: false,
    start: procfileOr(oneEndingIn('.runtimeconfig.json')),
    startedBy: 'a Procfile, or exactly one .runtimeconfig.json, as dotnet publish writes it',
  },
  docker: {
    sources: ['beanstalk/docker', 'beanstalk/service-proxy'],
    service: true,
    start: anyOf('Dockerfile', 'docker-compose.yml', 'Dockerrun.aws.json'),
    startedBy: 'a Dockerfile, docker-compose.yml or Dockerrun.aws.json',
  },
} as const satisfies Record<BeanstalkPlatform, PlatformBundle>;
