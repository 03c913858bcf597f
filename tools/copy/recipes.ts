/** What a copy of a compute option is made of, beside what its stack imports. */
export interface CopyRecipe {
  /** The compute option, by the id of its stack. */
  readonly id: string;
  /** Its stack, by path from the repository's root. */
  readonly stack: string;
  /** Its app and the app's test: `apps/<app>.ts` here and `apps/<app>.test.ts` beside this folder's tests. */
  readonly app: string;
  /** What stands in the copy where the thumbnail service is here. */
  readonly placeholder: string;
  /** Files of `placeholder/` that stand for the service; none where the app names an image. */
  readonly programs: readonly string[];
  /** Whether the service's bundle is imported, in whose place the placeholder comes. */
  readonly replacesBundle: boolean;
  /** TypeScript that is started by its path and imported by no other file. */
  readonly starts?: readonly string[];
  /** Files and folders that are read, and not imported. */
  readonly reads?: readonly string[];
  /** Commands for `package.json`. */
  readonly scripts?: Readonly<Record<string, string>>;
  /** Numbers that were chosen for the thumbnail service. */
  readonly numbers: readonly OwnNumber[];
}

/** A number that is right for the thumbnail service, and may be wrong for another. */
export interface OwnNumber {
  /** Where it stands in the copy. */
  readonly file: string;
  /** The text that it stands in: a constant of the file, or a property. */
  readonly text: RegExp;
  readonly meaning: string;
}

const IMAGE = 'an image of Node.js without a program, in bin/service.ts: put your own image there';
const PROGRAM =
  'a small program in placeholder/ that answers /health: put your own there, or its zip into packaging/bundle.ts';

const LOAD_BALANCED_TASKS: readonly OwnNumber[] = [
  {
    file: 'bin/service.ts',
    text: /requestsPerTask: (\d+)/,
    meaning: 'requests a minute that one task answers; more add a task',
  },
  {
    file: 'lib/ecs/scaling.ts',
    text: /targetUtilizationPercent: (\d+)/,
    meaning: 'CPU of the tasks in percent; more adds a task',
  },
  {
    file: 'lib/ecs/task.ts',
    text: /DEREGISTRATION_DELAY = Duration\.seconds\((\d+)\)/,
    meaning: 'seconds that a request may take while its task is replaced',
  },
  {
    file: 'lib/ecs/task.ts',
    text: /DRAIN = Duration\.seconds\((\d+)\)/,
    meaning: 'seconds that the program gets to finish: SERVICE_DRAIN_SECONDS',
  },
  {
    file: 'lib/ecs/task.ts',
    text: /STOP_TIMEOUT = Duration\.seconds\((\d+)\)/,
    meaning: 'seconds until ECS ends a task that does not end by itself',
  },
  { file: 'bin/service.ts', text: /cpuUnits: (\d+)/, meaning: 'CPU of a task, 1,024 to a vCPU' },
  { file: 'bin/service.ts', text: /memoryMiB: (\d+)/, meaning: 'memory of a task, in MiB' },
];

export const COPY_RECIPES: readonly CopyRecipe[] = [
  {
    id: 'Network',
    stack: 'lib/network/stack.ts',
    app: 'network',
    placeholder: 'nothing: a network runs no program',
    programs: [],
    replacesBundle: false,
    numbers: [],
  },
  {
    id: 'Ec2',
    stack: 'lib/ec2/stack.ts',
    app: 'ec2',
    placeholder: PROGRAM,
    programs: ['server.mjs', 'lambda.mjs'],
    replacesBundle: true,
    numbers: [
      {
        file: 'lib/ec2/stack.ts',
        text: /READY_WITHIN = Duration\.minutes\((\d+)\)/,
        meaning: 'minutes from launch to the first healthy answer, at most',
      },
      {
        file: 'lib/ec2/stack.ts',
        text: /deregistrationDelay: Duration\.seconds\((\d+)\)/,
        meaning: 'seconds that a request may take while its instance is replaced',
      },
      {
        file: 'lib/ec2/service-init.ts',
        text: /TimeoutStopSec=(\d+)/,
        meaning: 'seconds until systemd ends a program that does not end by itself',
      },
    ],
  },
  {
    id: 'Beanstalk',
    stack: 'lib/beanstalk/stack.ts',
    app: 'beanstalk',
    placeholder:
      'a sample for Node.js in placeholder/ that answers /health: put your own there, or your zip into bin/app.ts',
    programs: ['server.mjs', 'Procfile'],
    replacesBundle: false,
    numbers: [
      {
        file: 'lib/beanstalk/stack.ts',
        text: /on: 'requests', upper: ([\d_]+)/,
        meaning: 'requests a minute of all instances; more add an instance, where scaling is on requests',
      },
      {
        file: 'lib/beanstalk/stack.ts',
        text: /on: 'cpu', upper: ([\d_]+)/,
        meaning: 'CPU in percent; more adds an instance',
      },
      {
        file: 'lib/beanstalk/monitoring.ts',
        text: /metric: p99,\s+threshold: (\d+)/,
        meaning: 'seconds of the slowest request in a hundred; more sounds an alarm',
      },
    ],
  },
  {
    id: 'Registry',
    stack: 'lib/registry/stack.ts',
    app: 'registry',
    placeholder: 'a small program in placeholder/ that answers /health, in the image that docker/Dockerfile describes',
    programs: ['server.mjs', 'lambda.mjs'],
    replacesBundle: true,
    reads: ['docker/Dockerfile'],
    numbers: [],
  },
  {
    id: 'Fargate',
    stack: 'lib/ecs/fargate/stack.ts',
    app: 'fargate',
    placeholder: IMAGE,
    programs: [],
    replacesBundle: false,
    numbers: LOAD_BALANCED_TASKS,
  },
  {
    id: 'EcsEc2',
    stack: 'lib/ecs/on-ec2/stack.ts',
    app: 'ecs-ec2',
    placeholder: IMAGE,
    programs: [],
    replacesBundle: false,
    numbers: LOAD_BALANCED_TASKS,
  },
  {
    id: 'ManagedInstances',
    stack: 'lib/ecs/managed-instances/stack.ts',
    app: 'managed-instances',
    placeholder: IMAGE,
    programs: [],
    replacesBundle: false,
    numbers: LOAD_BALANCED_TASKS,
  },
  {
    id: 'Lambda',
    stack: 'lib/lambda/stack.ts',
    app: 'lambda',
    placeholder: PROGRAM,
    programs: ['server.mjs', 'lambda.mjs', 'pipeline.mjs'],
    replacesBundle: true,
    numbers: [
      { file: 'bin/app.ts', text: /memoryMiB: ([\d_]+)/, meaning: 'memory of each function, in MiB, and CPU with it' },
      {
        file: 'bin/app.ts',
        text: /timeout: Duration\.seconds\((\d+)\)/,
        meaning: 'longest run behind the function URL, in seconds',
      },
      {
        file: 'lib/lambda/stack.ts',
        text: /SLOW_START_MS = \{ (service: [\d_]+, pipeline: [\d_]+)/,
        meaning: 'milliseconds of an initialisation; more sounds an alarm',
      },
      {
        file: 'lib/lambda/stack.ts',
        text: /COLD_REQUESTS = (\S+?)\(/,
        meaning: "the lines of the service's log by which cold starts are counted: log them, or change the pattern",
      },
      {
        file: 'lib/lambda/thumbnail-pipeline.ts',
        text: /BATCH_SIZE = (\d+)/,
        meaning: 'uploads that one invocation handles',
      },
      {
        file: 'lambda/pipeline-variables.ts',
        text: /LATEST_START = ([\d.]+)/,
        meaning: 'share of the time-out after which an alarm sounds',
      },
    ],
  },
  {
    id: 'LambdaImage',
    stack: 'lib/lambda-image/stack.ts',
    app: 'lambda-image',
    placeholder:
      'a small program in placeholder/ that answers /health, in the image of placeholder/Dockerfile: put your own there, or the image of a repository into bin/app.ts',
    programs: ['server.mjs', 'Dockerfile'],
    replacesBundle: false,
    numbers: [
      { file: 'bin/app.ts', text: /memoryMiB: ([\d_]+)/, meaning: 'memory of the function, in MiB, and CPU with it' },
      {
        file: 'bin/app.ts',
        text: /timeout: Duration\.seconds\((\d+)\)/,
        meaning: 'longest run behind the function URL, in seconds',
      },
      {
        file: 'lib/lambda-image/stack.ts',
        text: /SLOW_START_MS = ([\d_]+)/,
        meaning: 'milliseconds of an initialisation; more sounds an alarm',
      },
    ],
  },
  {
    id: 'WebFunction',
    stack: 'lib/web-function/stack.ts',
    app: 'web-function',
    placeholder: PROGRAM,
    programs: ['server.mjs', 'lambda.mjs'],
    replacesBundle: true,
    numbers: [
      {
        file: 'bin/app.ts',
        text: /maxConcurrencyPerEnvironment: (\d+)/,
        meaning: 'requests at once in one execution environment',
      },
      { file: 'bin/app.ts', text: /maxEnvironments: (\d+)/, meaning: 'execution environments at once' },
      { file: 'bin/app.ts', text: /rateLimit: (\d+)/, meaning: 'requests a second that the endpoint takes' },
      {
        file: 'bin/app.ts',
        text: /timeout: Duration\.seconds\((\d+)\)/,
        meaning: 'longest time of one request, in seconds',
      },
    ],
  },
  {
    id: 'Frameworks',
    stack: 'lib/frameworks/stack.ts',
    app: 'frameworks',
    placeholder:
      'nothing: the six applications in lambda/frameworks/ are what is deployed, and yours to change; npm run frameworks builds them',
    programs: [],
    replacesBundle: false,
    starts: ['tools/frameworks.ts'],
    reads: ['lambda/frameworks', 'contract/runtime/framework-clients'],
    scripts: { frameworks: 'node --import tsx tools/frameworks.ts' },
    numbers: [
      {
        file: 'bin/app.ts',
        text: /SERVICE_MAX_BODY_BYTES: '(\d+)'/,
        meaning: 'largest body that the applications take, in bytes',
      },
      {
        file: 'bin/app.ts',
        text: /SERVICE_MAX_PIXELS: '(\d+)'/,
        meaning: 'largest picture that the applications decode, in pixels',
      },
      { file: 'bin/app.ts', text: /memoryMiB: ([\d_]+)/, meaning: 'memory of each function, in MiB, and CPU with it' },
    ],
  },
];
