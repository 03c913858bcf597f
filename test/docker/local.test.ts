import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { docker } from '../../docker/command';
import { Container } from '../../tools/container';
import { localContainer } from '../../tools/local';
import { Info } from '../../contract/client';
import { describeContract } from '../../contract/contract';
import { resources, template } from '../synthesis';
import { describeWithEngine } from './engine';

/** `npm run local` in a process of its own. */
class Program {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    private readonly lines: readonly string[],
  ) {}

  /** Runs it until it says where it answers. */
  static async start(...args: readonly string[]): Promise<Program> {
    const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: process.env,
    });
    const lines: string[] = [];
    const found = new Promise<string>((resolve, reject) => {
      createInterface(child.stderr).on('line', (line) => {
        lines.push(line);
        const [url] = /http:\/\/[\d.:]+/.exec(line) ?? [];
        if (url !== undefined) resolve(url);
      });
      child.once('close', (code) => {
        reject(new Error(`it ended with ${code}:\n${lines.join('\n')}`));
      });
    });
    return new Program(child, await found, lines);
  }

  /** As Ctrl-C does. */
  async stop(): Promise<{ code: number | null; said: string }> {
    const ended = once(this.child, 'close');
    this.child.kill('SIGINT');
    const [code] = (await ended) as [number | null];
    return { code, said: this.lines.join('\n') };
  }
}

const PROGRAM = path.join(__dirname, '..', '..', 'tools', 'local.ts');

interface Declared {
  readonly Cpu: string;
  readonly ContainerDefinitions: readonly [
    {
      readonly Memory: number;
      readonly User: string;
      readonly Environment: readonly { readonly Name: string; readonly Value: string }[];
      readonly HealthCheck: { readonly Command: readonly string[]; readonly Interval: number };
    },
  ];
}

describeWithEngine('The local runner', () => {
  let fargate: Program;
  let ecsEc2: Container;
  beforeAll(async () => {
    fargate = await Program.start('fargate', '-c', 'service.maxMegapixels=40');
    ecsEc2 = await Container.start(await localContainer('EcsEc2', {}));
  }, 60_000);
  afterAll(() => (ecsEc2 as Container | undefined)?.[Symbol.asyncDispose]());

  describeContract('The task of Fargate', () => fargate.url, { fresh: true });

  it('gives the service the environment that the options declare', async () => {
    const answers = [fargate.url, ecsEc2.url].map(async (url) => Info.parse(await (await fetch(`${url}/info`)).json()));
    const [ofFargate, ofEcsEc2] = await Promise.all(answers);
    expect(ofFargate).toMatchObject({ option: 'fargate', memoryMiB: 512, limits: { maxPixels: 40_000_000 } });
    expect(ofEcsEc2).toMatchObject({ option: 'ecs-ec2', memoryMiB: 512, limits: { maxPixels: 50_000_000 } });
  });

  it('has the engine hold the task to what its template declares', async () => {
    const [task] = resources(template('EcsEc2'), 'AWS::ECS::TaskDefinition');
    const {
      Cpu,
      ContainerDefinitions: [declared],
    } = task?.Properties as unknown as Declared;
    expect(await ecsEc2.inspect('{{json .HostConfig}}')).toMatchObject({
      NanoCpus: (Number(Cpu) / 1024) * 1e9,
      Memory: declared.Memory * 2 ** 20,
      MemorySwap: declared.Memory * 2 ** 20,
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      CapAdd: null,
      Privileged: false,
      Init: true,
    });
    expect(await ecsEc2.inspect('{{json .Config}}')).toMatchObject({
      User: declared.User,
      Env: expect.arrayContaining(declared.Environment.map(({ Name, Value }) => `${Name}=${Value}`)) as unknown,
      Healthcheck: { Test: declared.HealthCheck.Command, Interval: declared.HealthCheck.Interval * 1e9 },
    });
  });

  it('gives it a scratch volume that its user may write to, and nothing else', async () => {
    const write = (file: string) => ecsEc2.run('node', '-e', `require('node:fs').writeFileSync('${file}', '')`);
    await write('/tmp/scratch');
    await expect(write('/app/scratch')).rejects.toThrow(/EROFS|EACCES/);
  });

  it('ends in order at Ctrl-C, and leaves nothing', async () => {
    const name = await docker('ps', '--filter', `publish=${new URL(fargate.url).port}`, '--format', '{{.Names}}');
    expect(name).toMatch(/^thumbnails-[0-9a-f]{8}$/);
    const { code, said } = await fargate.stop();
    expect(code).toBe(0);
    expect(said).toContain('not here: TaskRoleArn: AWS is not called from here');
    await expect(docker('container', 'inspect', name)).rejects.toThrow(/[Nn]o such/);
    await expect(docker('network', 'inspect', name)).rejects.toThrow(/[Nn]o such/);
  });
});
