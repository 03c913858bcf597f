import { describeContract } from '../../contract/contract';
import { buildImage, HOST_ARCHITECTURE } from '../../docker/build';
import { docker } from '../../docker/command';
import { type ImageFunction, startImageFunction } from '../../tools/local/image-function';
import { describeWithEngine, whyNoAdapterImage } from './engine';

describeWithEngine(
  'The image of LambdaImage',
  () => {
    const images = { service: '', lambda: '' };
    let front: ImageFunction;

    const inspect = async <T>(image: string, what: string): Promise<T> =>
      JSON.parse(await docker('image', 'inspect', '--format', `{{json ${what}}}`, image)) as T;

    beforeAll(async () => {
      for (const target of ['service', 'lambda'] as const)
        images[target] = (await buildImage({ architecture: HOST_ARCHITECTURE, target })).tag;
      front = await startImageFunction(images.lambda);
    }, 120_000);
    afterAll(async () => {
      await front.stop();
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
