import { tmpdir } from 'node:os';
import type { DeployedLambda } from '../emulator/lambda-stack';
import { Ministack, missing } from '../emulator/ministack';
import { NOT_PLAYED_BY_MINISTACK } from '../emulator/not-played';
import { takeEndpoint, userEndpoint, whyNotTaken } from '../emulator/user-endpoint';
import { LAMBDA_NOT_SHOWN, LAMBDA_RUNS_AS, type Runner, type Running } from '../runners';

/** Loaded when it starts: CDK and the AWS SDK with it. */
const lambdaStack = () => import('../emulator/lambda-stack.js');

const running = ({ address, pipeline }: DeployedLambda, rest: Pick<Running, 'stop' | 'ended'>): Running => ({
  url: address.url,
  upload: (picture, signal) => pipeline.make(picture, signal),
  ...rest,
});

/** In an emulator that the sandbox starts and ends. */
async function inOwnEmulator(signal: AbortSignal, parent: string): Promise<Running> {
  const { deployLambda } = await lambdaStack();
  const emulator = await Ministack.start(parent, signal);
  try {
    const deployed = await deployLambda(emulator, parent, { signal });
    return running(deployed, {
      ended: emulator.ended,
      stop: async () => {
        close(deployed);
        await emulator.stop();
      },
    });
  } catch (error) {
    await emulator.stop();
    throw error;
  }
}

/** In an emulator of a person: whole, or without what ministack does not play; and removed at the end. */
async function inOwnersEmulator(url: string, signal: AbortSignal, parent: string): Promise<Running> {
  const why = whyNotTaken(url);
  if (why !== undefined) throw new Error(why);
  const { deployLambda, destroyLambda } = await lambdaStack();
  const endpoint = takeEndpoint(url, parent);
  try {
    const deployed = await deployLambda(endpoint, parent, { signal, attempts: [[], NOT_PLAYED_BY_MINISTACK] });
    return running(deployed, {
      stop: async () => {
        await destroyLambda(endpoint, deployed);
        close(deployed);
        endpoint.release();
      },
    });
  } catch (error) {
    endpoint.release();
    throw error;
  }
}

function close({ address, pipeline }: DeployedLambda): void {
  address.close();
  pipeline.close();
}

/** The stack Lambda with its pipeline, deployed by the CDK CLI to an emulator on this machine. */
export const deployedLambda: Runner = {
  name: 'lambda/deployed',
  title: 'The stack Lambda with its pipeline, deployed by the CDK CLI to an emulator',
  stack: 'Lambda',
  runsAs: LAMBDA_RUNS_AS,
  notShown: LAMBDA_NOT_SHOWN,
  lacks: () => {
    const url = userEndpoint();
    return url === undefined ? missing() : whyNotTaken(url);
  },
  start: (signal, parent = tmpdir()) => {
    const url = userEndpoint();
    return url === undefined ? inOwnEmulator(signal, parent) : inOwnersEmulator(url, signal, parent);
  },
};
