import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { serveFunctionUrl } from '../../contract/runtime/function-url';
import { LambdaFunction } from '../../contract/runtime/lambda-function';
import { dockerCommand, docker, tryDocker } from '../../docker/command';
import { declaredImageFunction } from './declared-task';

/** What Lambda adds to the variables, by name; `docker run` takes the values of the process that it is started by. */
const OF_LAMBDA = [
  'RUNTIME_API',
  'FUNCTION_NAME',
  'FUNCTION_VERSION',
  'FUNCTION_MEMORY_SIZE',
  'LOG_GROUP_NAME',
  'LOG_STREAM_NAME',
].map((name) => `AWS_LAMBDA_${name}`);

/** As Lambda has it: a read-only root, and a user that is none of the image's. */
const SANDBOX = ['--read-only', '--tmpfs', '/tmp', '--user', '993:990', '--cap-drop', 'ALL'];

const declared = z.object({
  MemorySize: z.number(),
  Environment: z.object({ Variables: z.record(z.string(), z.string()) }),
});

/** The function of the stack LambdaImage, behind a function URL on loopback. */
export interface ImageFunction {
  readonly url: string;
  /** Ends its environments; the next request starts one. */
  rest(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Runs an image for Lambda on this machine's container engine, as the stack LambdaImage declares its function: each
 * execution environment has a container with the server, and one with the Lambda Web Adapter as its extension.
 *
 * @param image its tag
 * @param maxConcurrency execution environments at most
 */
export async function startImageFunction(image: string, maxConcurrency?: number): Promise<ImageFunction> {
  const { MemorySize, Environment } = declared.parse(declaredImageFunction('LambdaImage'));
  // Each environment has another port, and they share the network of this machine.
  const { PORT: _port, AWS_LWA_PORT: _adapterPort, ...environment } = Environment.Variables;
  const label = `thumbnails-${randomBytes(4).toString('hex')}`;
  // The image listens on all addresses, and here the network is that of this machine.
  const onLoopback = ['--env', 'HOST=127.0.0.1'];
  const variables = [...OF_LAMBDA, ...Object.keys(environment), 'PORT'].flatMap((name) => ['--env', name]);
  const run = [
    dockerCommand(),
    'run',
    '--rm',
    '--label',
    label,
    '--network',
    'host',
    ...onLoopback,
    ...SANDBOX,
    ...variables,
  ];
  const lambda = new LambdaFunction({
    code: '/',
    handler: '',
    client: [...run, image],
    extension: [...run, '--entrypoint', '/opt/extensions/lambda-adapter', image],
    portVariable: 'PORT',
    memoryMiB: MemorySize,
    environment: { ...environment, DOCKER_HOST: process.env['DOCKER_HOST'] ?? '' },
    ...(maxConcurrency !== undefined && { maxConcurrency }),
  });
  const rest = async (): Promise<void> => {
    await lambda.stop();
    const left = await docker('ps', '--quiet', '--filter', `label=${label}`);
    // Those that have ended meanwhile are being removed already.
    if (left !== '') await tryDocker(['rm', '--force', ...left.split('\n')]);
  };
  const { url, close } = await serveFunctionUrl(lambda);
  return {
    url,
    rest,
    stop: async () => {
      await close();
      await rest();
    },
  };
}
