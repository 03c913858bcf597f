import { BEANSTALK_PLATFORMS, type BeanstalkPlatform } from '../../lambda/beanstalk/platforms';
import { notStartable, programOf, sampleOf } from '../../tools/beanstalk-toolchains';
import { describeContract } from '../../contract/contract';
import { type RunningSample, startSample } from '../../contract/runtime/running-sample';
import { leaveOut } from '../left-out';

/** Where the service itself answers, and so makes thumbnails. */
const SERVICE: readonly BeanstalkPlatform[] = ['node', 'docker'];

// On an instance nginx stands before every sample. What it does with a picture is the node bundle's own configuration.
const hasNginx = programOf(/^nginx$/) !== undefined;
if (!hasNginx) process.stderr.write('the node sample runs without nginx before it: nginx not found on this machine\n');

describe.each(BEANSTALK_PLATFORMS)('the %s sample', (platform) => {
  const sample = sampleOf(platform);
  const reason = notStartable(sample);
  if (reason !== undefined) {
    leaveOut(`the ${platform} sample`, reason);
    return;
  }

  let running: RunningSample;
  beforeAll(async () => {
    running = await startSample(sample, { behindNginx: platform === 'node' && hasNginx });
  }, 20_000);
  afterAll(() => running.stop());

  // As a sample also where it is the service: some paths nginx refuses by itself.
  describeContract('it', () => running.url, { kind: 'sample', thumbnails: SERVICE.includes(platform), fresh: true });

  it('tells which option it is', async () => {
    expect(await (await fetch(`${running.url}/info`)).json()).toMatchObject({ option: 'beanstalk' });
  });

  it('logs each request as one line of JSON, under the id of the answer', async () => {
    const answer = await fetch(`${running.url}/nowhere`, { headers: { 'X-Request-Id': 'one-line' } });
    await answer.arrayBuffer();
    const line = await eventually(() => running.log().find(({ requestId }) => requestId === 'one-line'));
    expect(line).toMatchObject({ level: 'info', method: 'GET', path: '/nowhere', status: 404 });
    expect(line['time']).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(typeof line['durationMs']).toBe('number');
  });
});

/** What a process writes arrives a little after its answer. */
async function eventually<T>(look: () => T | undefined): Promise<T> {
  const deadline = Date.now() + 5000;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error('it did not come within 5 s');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
