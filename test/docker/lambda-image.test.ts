import { randomBytes } from 'node:crypto';
import { describeContract } from '../../contract/contract';
import { serveFunctionUrl } from '../../contract/runtime/function-url';
import { LambdaFunction } from '../../contract/runtime/lambda-function';
import { buildImage, HOST_ARCHITECTURE } from '../../docker/build';
import { docker, dockerCommand, tryDocker } from '../../docker/command';
import { resources, template } from '../synthesis';
import { describeWithEngine, whyNoAdapterImage } from './engine';

/** The variables that the template gives the function. */
function declaredEnvironment(): Record<string, string> {
  const [service] = resources(template('LambdaImage'), 'AWS::Lambda::Function');
  return (service?.Properties?.['Environment'] as { Variables: Record<string, string> }).Variables;
}

/** What Lambda adds to them, by name; `docker run` takes the values of the process that it is started by. */
const OF_LAMBDA = [
  'RUNTIME_API',
  'FUNCTION_NAME',
  'FUNCTION_VERSION',
  'FUNCTION_MEMORY_SIZE',
  'LOG_GROUP_NAME',
  'LOG_STREAM_NAME',
].map((name) => `AWS_LAMBDA_${name}`);

describeWithEngine(
  'The image of LambdaImage',
  () => {
    const label = `thumbnails-${randomBytes(4).toString('hex')}`;
    const images = { service: '', lambda: '' };
    let lambda: LambdaFunction;
    let front: Awaited<ReturnType<typeof serveFunctionUrl>>;

    const inspect = async <T>(image: string, what: string): Promise<T> =>
      JSON.parse(await docker('image', 'inspect', '--format', `{{json ${what}}}`, image)) as T;

    beforeAll(async () => {
      for (const target of ['service', 'lambda'] as const)
        images[target] = (await buildImage({ architecture: HOST_ARCHITECTURE, target })).tag;
      // Of the function: each environment has another port, and they share the network of this machine.
      const { PORT: _port, AWS_LWA_PORT: _adapterPort, ...environment } = declaredEnvironment();
      const variables = [...OF_LAMBDA, ...Object.keys(environment), 'PORT'].flatMap((name) => ['--env', name]);
      // As Lambda has it: a read-only root, and a user that is none of the image's.
      const sandbox = ['--read-only', '--tmpfs', '/tmp', '--user', '993:990', '--cap-drop', 'ALL'];
      const run = [dockerCommand(), 'run', '--rm', '--label', label, '--network', 'host', ...sandbox, ...variables];
      lambda = new LambdaFunction({
        code: '/',
        handler: '',
        client: [...run, images.lambda],
        extension: [...run, '--entrypoint', '/opt/extensions/lambda-adapter', images.lambda],
        portVariable: 'PORT',
        memoryMiB: 1_024,
        environment: { ...environment, DOCKER_HOST: process.env['DOCKER_HOST'] ?? '' },
      });
      front = await serveFunctionUrl(lambda);
    }, 120_000);
    afterAll(async () => {
      await front.close();
      await lambda.stop();
      const left = await docker('ps', '--quiet', '--filter', `label=${label}`);
      // Those that have ended meanwhile are being removed already.
      if (left !== '') await tryDocker(['rm', '--force', ...left.split('\n')]);
    });

    it('is the image that tasks run, byte for byte, and one layer', async () => {
      const layers = {
        service: await inspect<string[]>(images.service, '.RootFS.Layers'),
        lambda: await inspect<string[]>(images.lambda, '.RootFS.Layers'),
      };
      expect(layers.lambda.slice(0, -1)).toEqual(layers.service);
      const settings = {
        service: await inspect(images.service, '.Config'),
        lambda: await inspect(images.lambda, '.Config'),
      };
      const { Cmd, Env, User, WorkingDir, Entrypoint } = settings.service as Record<string, unknown>;
      expect(settings.lambda).toMatchObject({ Cmd, Env, User, WorkingDir, Entrypoint });
    });

    it('has the adapter where Lambda starts it, for whatever user', async () => {
      const show = `const { mode } = require('node:fs').statSync('/opt/extensions/lambda-adapter'); console.log((mode & 0o777).toString(8))`;
      expect(await docker('run', '--rm', '--network', 'none', images.lambda, 'node', '-e', show)).toBe('755');
    });

    describeContract('It', () => front.url, { fresh: true, behind: 'lambda' });

    it('answers by the name of its option, with the memory of the function, under the id of the invocation', async () => {
      const answer = await fetch(`${front.url}/info`);
      expect(await answer.json()).toMatchObject({ option: 'lambda-image', memoryMiB: 1_024 });
      expect(answer.headers.get('x-request-id')).toBe(answer.headers.get('x-amzn-requestid'));
    });
  },
  whyNoAdapterImage,
);
