import { startSample } from '../../contract/runtime/running-sample';
import { serveFunctionUrl } from '../../contract/runtime/function-url';
import { nodeBinary, runtimeClient, unsupported } from '../../contract/runtime/install';
import { LambdaFunction } from '../../contract/runtime/lambda-function';
import { startNodeServer } from '../../contract/runtime/node-server';
import { serveFramework } from '../../contract/runtime/serve-framework';
import { unpackBundle } from '../../contract/runtime/unpacked-bundle';
import { BEANSTALK_PLATFORMS } from '../../lambda/beanstalk/platforms';
import { FRAMEWORKS } from '../../packaging/framework-packages';
import { notStartable, sampleOf } from '../beanstalk-toolchains';
import { Container } from '../container';
import { localContainer } from '../local';
import { TASK_STACKS } from '../local/declared-task';

// What this machine can run, and how it is started. The only file of the comparison that knows the runners.

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

const lambda: Runner = {
  name: 'lambda',
  title: 'Lambda function, under the runtime client',
  lacks: unsupported,
  start: async () => {
    const { folder, remove } = unpackBundle();
    const served = new LambdaFunction({
      code: folder,
      handler: 'lambda.handler',
      client: runtimeClient(),
      memoryMiB: LAMBDA_MEMORY_MIB,
      environment: { SERVICE_OPTION: 'lambda' },
    });
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

const containers: readonly Runner[] = (Object.keys(TASK_STACKS) as (keyof typeof TASK_STACKS)[]).map((name) => ({
  name,
  title: `The task of ${TASK_STACKS[name]}, in a container with its limits`,
  lacks: () => undefined,
  start: async (signal) => {
    const container = await Container.start(await localContainer(name, {}, { signal }));
    return { url: container.url, stop: () => container[Symbol.asyncDispose]() };
  },
}));

/** Every option that has a runner, in the order of the README. */
export const RUNNERS: readonly Runner[] = [server, ...samples, ...containers, lambda, ...frameworks];
