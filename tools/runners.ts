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
import { BEANSTALK_PLATFORMS } from '../lambda/beanstalk/platforms';
import { FRAMEWORKS } from '../packaging/framework-packages';
import { notStartable, sampleOf } from './beanstalk-toolchains';
import { Container } from './container';
import { localContainer } from './local';
import { TASK_STACKS } from './local/declared-task';

// What this machine can run, and how it is started. The only file that knows all runners: the comparison and the sandbox share it.

/** An option that runs on this machine, at a loopback address. */
export interface Running {
  readonly url: string;
  /** Ends what answers, so that the next request waits for a start; nothing where the option always runs. */
  readonly rest?: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** An option that this machine may be able to run. */
export interface Runner {
  /** As the app, the frameworks and the platforms name it: `lambda`, `frameworks/flask`. */
  readonly name: string;
  readonly title: string;
  /** Why this machine can't run it; undefined where it can. */
  readonly lacks: () => string | undefined;
  readonly start: (signal: AbortSignal) => Promise<Running>;
}

const LAMBDA_MEMORY_MIB = 1024;

const server: Runner = {
  name: 'ec2',
  title: 'Node.js server, as on EC2 instances',
  lacks: () => undefined,
  start: async () => {
    const { folder, remove } = unpackBundle();
    try {
      const { url, stop } = await startNodeServer(nodeBinary(), folder, { SERVICE_OPTION: 'ec2' });
      return {
        url,
        stop: async () => {
          await stop();
          remove();
        },
      };
    } catch (error) {
      remove();
      throw error;
    }
  },
};

/** A function behind a function URL, whose package is the bundle. */
async function startFunction(
  configuration: (folder: string) => Omit<FunctionConfiguration, 'code' | 'memoryMiB'>,
): Promise<Running> {
  const { folder, remove } = unpackBundle();
  const served = new LambdaFunction({ ...configuration(folder), code: folder, memoryMiB: LAMBDA_MEMORY_MIB });
  const { url, close } = await serveFunctionUrl(served);
  return {
    url,
    rest: () => served.stop(),
    stop: async () => {
      await close();
      await served.stop();
      remove();
    },
  };
}

/** More than the load of any comparison has at once: then no request is refused. */
const AT_ONCE = 64;

const lambda: Runner = {
  name: 'lambda',
  title: 'Lambda function, under the runtime client',
  lacks: unsupported,
  start: () =>
    startFunction(() => ({
      handler: 'lambda.handler',
      client: runtimeClient(),
      maxConcurrency: AT_ONCE,
      environment: { SERVICE_OPTION: 'lambda' },
    })),
};

const lambdaImage: Runner = {
  name: 'lambda-image',
  title: 'Server of the image, behind the Lambda Web Adapter',
  lacks: whyNoAdapter,
  start: () =>
    startFunction((folder) => ({
      handler: '',
      client: [nodeBinary(), path.join(folder, 'server.mjs')],
      extension: [ADAPTER],
      portVariable: 'PORT',
      maxConcurrency: AT_ONCE,
      environment: { SERVICE_OPTION: 'lambda-image', AWS_LWA_READINESS_CHECK_PATH: '/health' },
    })),
};

const webFunction: Runner = {
  name: 'web-function',
  title: 'Lambda Web Function, under a stand-in for the platform',
  lacks: () => undefined,
  start: async () => {
    const { folder, remove } = unpackBundle();
    const environment = { SERVICE_OPTION: 'web-function', SERVICE_DRAIN_SECONDS: '1' };
    const served = await serveWebFunction({
      code: folder,
      node: nodeBinary(),
      entryPoint: 'server.mjs',
      // What webFunction.maxConcurrencyPerEnvironment is by default.
      maxConcurrency: 8,
      environment,
    });
    return {
      url: served.url,
      rest: async () => {
        await served.shutDown();
      },
      stop: async () => {
        await served.close();
        remove();
      },
    };
  },
};

const frameworks: readonly Runner[] = FRAMEWORKS.map((framework) => ({
  name: `frameworks/${framework.name}`,
  title: `${framework.title} on Lambda, under the runtime client`,
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
  lacks: () => notStartable(sampleOf(platform)),
  start: async () => {
    const sample = await startSample(sampleOf(platform));
    return { url: sample.url, stop: () => sample.stop() };
  },
}));

const containers: readonly Runner[] = [...TASK_STACKS].map(([name, stackId]) => ({
  name,
  title: `The task of ${stackId}, in a container with its limits`,
  lacks: () => undefined,
  start: async (signal) => {
    const container = await Container.start(await localContainer(stackId, {}, { signal }));
    return { url: container.url, stop: () => container[Symbol.asyncDispose]() };
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
