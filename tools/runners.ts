import { existsSync } from 'node:fs';
import path from 'node:path';
import { startSample } from '../contract/runtime/running-sample';
import { serveFunctionUrl } from '../contract/runtime/function-url';
import { nodeBinary, runtimeClient, unsupported } from '../contract/runtime/install';
import { ADAPTER, whyNoAdapter } from '../contract/runtime/lambda-adapter';
import { type FunctionConfiguration, LambdaFunction } from '../contract/runtime/lambda-function';
import { startNodeServer } from '../contract/runtime/node-server';
import { serveFramework } from '../contract/runtime/serve-framework';
import { unpackBundle } from '../contract/runtime/unpacked-bundle';
import { serveWebFunction } from '../contract/runtime/web-function';
import { whyNoEngine } from '../docker/command';
import { BEANSTALK_PLATFORMS } from '../lambda/beanstalk/platforms';
import { serviceBundle } from '../packaging/bundle';
import { FRAMEWORKS } from '../packaging/framework-packages';
import { notStartable, sampleOf } from './beanstalk-toolchains';
import { Container } from './container';
import { localContainer } from './local';
import { TASK_STACKS } from './local/declared-task';

// What this machine can run, and how it is started: the only file that knows all runners. The comparison and the sandbox
// share it.

/** An option that runs on this machine, at a loopback address. */
export interface Running {
  readonly url: string;
  /** Ends what answers, so that the next request waits for a start; nothing where the option always runs. */
  readonly rest?: () => Promise<void>;
  /** Settles where it ends without being stopped, with how; nothing where the next request starts it anew. */
  readonly ended?: Promise<string>;
  /** Puts a picture where it is made into thumbnails without a request, and waits for them; only where there is such a place. */
  readonly upload?: (picture: Buffer, signal: AbortSignal) => Promise<Uploaded>;
  readonly stop: () => Promise<void>;
}

/** What became of an uploaded picture. */
export interface Uploaded {
  /** From the upload until the last thumbnail was there. */
  readonly ms: number;
  readonly thumbnails: readonly {
    readonly width: number;
    readonly type: string;
    readonly base64: string;
    readonly bytes: number;
  }[];
}

/** An option that this machine may be able to run. */
export interface Runner {
  /** As the app, the frameworks and the platforms name it: `lambda`, `frameworks/flask`. */
  readonly name: string;
  readonly title: string;
  /** The id of the stack that it stands for. */
  readonly stack: string;
  /** What runs here in place of the deployed option, in a sentence. */
  readonly runsAs: string;
  /** What of the deployed option that does not show, in a sentence. */
  readonly notShown: string;
  /** Whether it takes so much to start that nothing should start beside it: a JVM. */
  readonly startsAlone?: boolean;
  /** Why this machine can't run it, and what to do; undefined where it can. */
  readonly lacks: () => string | undefined;
  /** @param folder where its bundle is unpacked. Default: `.cache` */
  readonly start: (signal: AbortSignal, folder?: string) => Promise<Running>;
}

/** The Node.js of the bundle: this machine's own, or one that is installed beside the runtime client. */
const whyNoNode = (): string | undefined =>
  unsupported() ??
  (existsSync(nodeBinary()) ? undefined : 'the Node.js that runs the bundle is not there. Run: npm run pretest');

const whyNoRuntimeClient = (): string | undefined => {
  try {
    return unsupported() ?? (runtimeClient(), undefined);
  } catch (error) {
    return (error as Error).message;
  }
};

const LAMBDA_MEMORY_MIB = 1024;

/** Starts something of the bundle from a folder of its own, which goes when it stops, or where it does not start. */
async function fromBundle(parent: string | undefined, start: (folder: string) => Promise<Running>): Promise<Running> {
  const { folder, remove } = unpackBundle(serviceBundle, parent);
  try {
    const running = await start(folder);
    return {
      ...running,
      stop: async () => {
        await running.stop();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

const server: Runner = {
  name: 'ec2',
  title: 'Node.js server, as on EC2 instances',
  stack: 'Ec2',
  runsAs: 'The server of the bundle as a process, by the program that its systemd unit starts.',
  notShown: 'How long an instance takes to boot, the load balancer, alarms and Session Manager.',
  lacks: whyNoNode,
  start: (_, parent) =>
    fromBundle(parent, (folder) => startNodeServer(nodeBinary(), folder, { SERVICE_OPTION: 'ec2' })),
};

/** A function behind a function URL, whose package is the bundle. */
const startFunction = (
  configuration: (folder: string) => Omit<FunctionConfiguration, 'code' | 'memoryMiB'>,
  parent: string | undefined,
): Promise<Running> =>
  fromBundle(parent, async (folder) => {
    const served = new LambdaFunction({ ...configuration(folder), code: folder, memoryMiB: LAMBDA_MEMORY_MIB });
    const { url, close } = await serveFunctionUrl(served);
    return {
      url,
      rest: () => served.stop(),
      stop: async () => {
        await close();
        await served.stop();
      },
    };
  });

/** More than the load of any comparison has at once: then no request is refused. */
const AT_ONCE = 64;

/** What the runners of the stack Lambda have in common. */
export const LAMBDA_RUNS_AS =
  "The handler of the bundle under AWS's runtime client, behind a function URL that is played on loopback; and the stack itself with its pipeline, deployed by the CDK CLI to an emulator.";
export const LAMBDA_NOT_SHOWN =
  "The start of Lambda's virtual machine, the share of a processor that the memory size gives, the account's concurrency, and what the emulator does not play.";

const lambda: Runner = {
  name: 'lambda',
  title: 'Lambda function, under the runtime client',
  stack: 'Lambda',
  runsAs: LAMBDA_RUNS_AS,
  notShown: LAMBDA_NOT_SHOWN,
  lacks: whyNoRuntimeClient,
  start: (_, parent) =>
    startFunction(
      () => ({
        handler: 'lambda.handler',
        client: runtimeClient(),
        maxConcurrency: AT_ONCE,
        environment: { SERVICE_OPTION: 'lambda' },
      }),
      parent,
    ),
};

const lambdaImage: Runner = {
  name: 'lambda-image',
  title: 'The server that the image holds, as a process behind the Lambda Web Adapter',
  stack: 'LambdaImage',
  runsAs: 'The server of the image as a process, behind the Lambda Web Adapter, as a function behind its URL.',
  notShown: 'The image itself and how Lambda loads it, and what a function of the stack Lambda does not show either.',
  lacks: () => whyNoNode() ?? whyNoAdapter(),
  start: (_, parent) =>
    startFunction(
      (folder) => ({
        handler: '',
        client: [nodeBinary(), path.join(folder, 'server.mjs')],
        extension: [ADAPTER],
        portVariable: 'PORT',
        maxConcurrency: AT_ONCE,
        environment: { SERVICE_OPTION: 'lambda-image', AWS_LWA_READINESS_CHECK_PATH: '/health' },
      }),
      parent,
    ),
};

const webFunction: Runner = {
  name: 'web-function',
  title: 'Lambda Web Function, under a stand-in for the platform',
  stack: 'WebFunction',
  runsAs:
    "The server of the bundle as a process, behind a stand-in for the platform that is written from AWS's documentation.",
  notShown: "AWS's own endpoint, how fast it adds execution environments, revisions and their weights.",
  lacks: whyNoNode,
  start: (_, parent) =>
    fromBundle(parent, async (folder) => {
      const served = await serveWebFunction({
        code: folder,
        node: nodeBinary(),
        entryPoint: 'server.mjs',
        // What webFunction.maxConcurrencyPerEnvironment is by default.
        maxConcurrency: 8,
        environment: { SERVICE_OPTION: 'web-function', SERVICE_DRAIN_SECONDS: '1' },
      });
      return {
        url: served.url,
        rest: async () => {
          await served.shutDown();
        },
        stop: () => served.close(),
      };
    }),
};

const frameworks: readonly Runner[] = FRAMEWORKS.map((framework) => ({
  name: `frameworks/${framework.name}`,
  title: `${framework.title} on Lambda, under the runtime client`,
  stack: 'Frameworks',
  runsAs:
    "The package of each function under AWS's runtime client for its language, behind a function URL that is played on loopback.",
  notShown:
    "The start of Lambda's virtual machine, the share of a processor that the memory size gives, and SnapStart.",
  startsAlone: framework.runtime === 'java25',
  lacks: () => {
    const served = serveFramework(framework);
    return typeof served === 'string' ? served : undefined;
  },
  start: async () => {
    const served = serveFramework(framework);
    if (typeof served === 'string') throw new Error(served);
    await served.start();
    return { url: served.url(), rest: () => served.lambda.stop(), stop: served.stop };
  },
}));

const samples: readonly Runner[] = BEANSTALK_PLATFORMS.map((platform) => ({
  name: `beanstalk/${platform}`,
  title: `The ${platform} sample of Elastic Beanstalk`,
  stack: 'Beanstalk',
  runsAs: 'The source bundle of a platform as a process, started as the platform starts it.',
  notShown: 'The environment around it: instances, their boot, the load balancer, health reports and kept versions.',
  startsAlone: platform === 'java',
  lacks: () => {
    const why = notStartable(sampleOf(platform));
    // Where a program is missing, the sample is not built either.
    return why === undefined || why.includes('npm run') ? why : `${why}. With it: npm run beanstalk:samples`;
  },
  start: async () => {
    const sample = await startSample(sampleOf(platform));
    return { url: sample.url, ended: sample.ended, stop: () => sample.stop() };
  },
}));

const containers: readonly Runner[] = [...TASK_STACKS].map(([name, stackId]) => ({
  name,
  title: `The task of ${stackId}, in a container with its limits`,
  stack: stackId,
  runsAs: 'The task of the synthesised template, in a container with its processor, memory, user and read-only disk.',
  notShown:
    'How long ECS takes to place a task and pull its image, instances, the load balancer, scaling and deployments.',
  lacks: whyNoEngine,
  start: async (signal) => {
    const container = await Container.start(await localContainer(stackId, {}, { signal }));
    return {
      url: container.url,
      ended: container.ended().then(
        ({ code }) => `the container ended with exit code ${code}`,
        // It was taken away.
        () => 'the container is gone',
      ),
      stop: () => container[Symbol.asyncDispose](),
    };
  },
}));

/** Every option that has a runner, in the order of the README. */
export const RUNNERS: readonly Runner[] = [
  server,
  ...samples,
  ...containers,
  lambda,
  webFunction,
  lambdaImage,
  ...frameworks,
];
