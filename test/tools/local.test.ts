import { readFileSync } from 'node:fs';
import path from 'node:path';
import { imageTag } from '../../docker/build';
import { contextFrom } from '../../tools/command-line';
import { propertiesTable } from '../../tools/local';
import { declaredTask } from '../../tools/local/declared-task';
import { localTask, RefusedTaskError } from '../../tools/local/task-definition';
import { resources, template } from '../synthesis';

const here = { imageTags: ['arm64-0123456789abcdef'], imageVolumes: ['/tmp'] };

/** As little as a task can have. */
const container = {
  Name: 'service',
  Image: { 'Fn::Join': ['', [{ Ref: 'Repository' }, ':arm64-0123456789abcdef']] },
  Memory: 512,
  PortMappings: [{ ContainerPort: 8080 }],
};
const taskOf = (properties: object, task: object = {}): object => ({
  Family: 'task',
  NetworkMode: 'awsvpc',
  ...task,
  ContainerDefinitions: [{ ...container, ...properties }],
});
const argumentsOf = (properties: object, task: object = {}): string =>
  localTask(taskOf(properties, task), here).arguments.join(' ');

/** What is said of a task that is refused, line by line. */
function refusal(task: object): string[] {
  try {
    localTask(task, here);
  } catch (error) {
    if (error instanceof RefusedTaskError) return error.message.split('\n').slice(1);
    throw error;
  }
  return [];
}

describe('A task definition', () => {
  test.each<[string, object, string]>([
    ['CPU of the container', { Cpu: 512 }, '--cpu-shares 512'],
    ['memory that is kept for it', { MemoryReservation: 256 }, '--memory-reservation 256m'],
    ['environment', { Environment: [{ Name: 'A', Value: 'b=c d' }] }, '--env A=b=c d'],
    ['user', { User: '1000:1000' }, '--user 1000:1000'],
    ['read-only root', { ReadonlyRootFilesystem: true }, '--read-only'],
    [
      'capabilities',
      { LinuxParameters: { Capabilities: { Drop: ['ALL'], Add: ['CHOWN'] } } },
      '--cap-drop ALL --cap-add CHOWN',
    ],
    ['init process', { LinuxParameters: { InitProcessEnabled: true } }, '--init'],
    [
      'file system in memory',
      { LinuxParameters: { Tmpfs: [{ ContainerPath: '/tmp', Size: 64, MountOptions: ['noexec', 'nodev'] }] } },
      '--tmpfs /tmp:size=64m,noexec,nodev',
    ],
    ['limits', { Ulimits: [{ Name: 'nofile', SoftLimit: 1024, HardLimit: 4096 }] }, '--ulimit nofile=1024:4096'],
    ['security options', { DockerSecurityOptions: ['no-new-privileges'] }, '--security-opt no-new-privileges'],
  ])('is run with its %s', (_, properties, expected) => {
    expect(argumentsOf(properties)).toBe(`--memory 512m --memory-swap 512m ${expected}`);
  });

  test('is run with the CPU of the task', () => {
    expect(argumentsOf({}, { Cpu: '256' })).toBe('--cpus 0.25 --memory 512m --memory-swap 512m');
  });

  test('is given what it does not decline: a root that can be written to, no init process', () => {
    expect(argumentsOf({ ReadonlyRootFilesystem: false, LinuxParameters: { InitProcessEnabled: false } })).toBe(
      '--memory 512m --memory-swap 512m',
    );
  });

  test('gets its volumes with the mode that ECS would give them', () => {
    const volumes = { Volumes: [{ Name: 'scratch' }] };
    const mounted = (ContainerPath: string, ReadOnly?: boolean) =>
      argumentsOf({ MountPoints: [{ ContainerPath, SourceVolume: 'scratch', ReadOnly }] }, volumes).replace(
        /.*--mount /,
        '',
      );
    expect(mounted('/tmp', false)).toBe('type=volume,destination=/tmp');
    expect(mounted('/tmp', true)).toBe('type=volume,destination=/tmp,readonly');
    // The image declares no volume there: only root could write to it.
    expect(mounted('/work', false)).toBe('type=volume,destination=/work,volume-nocopy');
  });

  test('keeps its port, its health check without a shell, and its time to stop', () => {
    const HealthCheck = {
      Command: ['CMD', 'node', '-e', '"$1"'],
      Interval: 15,
      Timeout: 5,
      Retries: 3,
      StartPeriod: 10,
    };
    expect(localTask(taskOf({ HealthCheck, StopTimeout: 60 }), here)).toMatchObject({
      port: 8080,
      stopSeconds: 60,
      healthCheck:
        'HEALTHCHECK --interval=15s --timeout=5s --start-period=10s --retries=3 CMD ["node","-e","\\"$1\\""]',
    });
    expect(localTask(taskOf({}), here)).toMatchObject({ stopSeconds: 30, healthCheck: undefined });
  });

  test('names what plays no part here, and why', () => {
    expect(
      localTask(taskOf({ LogConfiguration: { LogDriver: 'awslogs' } }, { TaskRoleArn: 'x' }), here).ignored,
    ).toEqual([
      'Family: a name',
      'TaskRoleArn: AWS is not called from here, and no credentials are given',
      'ContainerDefinitions[].Name: a name',
      'ContainerDefinitions[].LogConfiguration: there is no CloudWatch here; the log is shown',
    ]);
  });

  test.each<[string, object, object, string]>([
    ['a secret', { Secrets: [{ Name: 'KEY', ValueFrom: 'arn' }] }, {}, 'ContainerDefinitions[].Secrets = '],
    ['an entry point', { EntryPoint: ['sh'] }, {}, 'ContainerDefinitions[].EntryPoint = ["sh"]'],
    ['all privileges', { Privileged: true }, {}, 'ContainerDefinitions[].Privileged = true'],
    ['devices', { LinuxParameters: { Devices: [] } }, {}, 'ContainerDefinitions[].LinuxParameters.Devices = []'],
    ['swap', { LinuxParameters: { MaxSwap: 0 } }, {}, 'ContainerDefinitions[].LinuxParameters.MaxSwap = 0'],
    ['a file system of EFS', {}, { Volumes: [{ Name: 'a', EFSVolumeConfiguration: {} }] }, 'Volumes[] = '],
    ['a folder of the host', {}, { Volumes: [{ Name: 'a', Host: { SourcePath: '/' } }] }, 'Volumes[] = '],
    ['the network of the host', {}, { NetworkMode: 'host' }, 'NetworkMode = "host"'],
    [
      'Windows',
      {},
      { RuntimePlatform: { OperatingSystemFamily: 'WINDOWS' } },
      'RuntimePlatform.OperatingSystemFamily = ',
    ],
    ['a disk of its own size', {}, { EphemeralStorage: { SizeInGiB: 30 } }, 'EphemeralStorage = '],
    ['a fixed port of the host', { PortMappings: [{ ContainerPort: 1, HostPort: 80 }] }, {}, '.PortMappings[] = '],
    ['two ports', { PortMappings: [{ ContainerPort: 1 }, { ContainerPort: 2 }] }, {}, '.PortMappings has 2 ports'],
    ['no port', { PortMappings: [] }, {}, 'ContainerDefinitions[].PortMappings has 0 ports'],
    ['a health check by a shell', { HealthCheck: { Command: ['CMD-SHELL', 'curl'] } }, {}, '.HealthCheck = '],
    ['a variable known to AWS alone', { Environment: [{ Name: 'A', Value: { Ref: 'B' } }] }, {}, '.Environment[] = '],
    ['an image of other sources', { Image: 'nginx:latest' }, {}, '.Image = "nginx:latest": its tag must be arm64-0123'],
    ['a container it could do without', { Essential: false }, {}, 'ContainerDefinitions[].Essential = false'],
    ['something new', { Novelty: 1 }, {}, 'ContainerDefinitions[].Novelty = 1: the local runner knows nothing'],
  ])('that has %s is refused by that name', (_, properties, task, expected) => {
    const lines = refusal(taskOf(properties, task));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(expected);
  });

  test('is refused with all that is wrong at once', () => {
    const two = { ContainerDefinitions: [container, { ...container, Links: ['a'] }], NetworkMode: 'none' };
    expect(refusal(two)).toEqual([
      expect.stringContaining('ContainerDefinitions[].Links = ["a"]'),
      expect.stringContaining('NetworkMode = "none"'),
      '- ContainerDefinitions has 2 containers: exactly one is run here',
      '- ContainerDefinitions[].PortMappings has 2 ports: exactly one is published here',
    ]);
  });
});

test.each(['Fargate', 'EcsEc2', 'ManagedInstances'])('the task of %s is one that can be run here', (stack) => {
  const [task] = resources(template(stack), 'AWS::ECS::TaskDefinition');
  const imageTags = [imageTag('arm64')];
  expect(localTask(task?.Properties, { imageTags, imageVolumes: ['/tmp'] })).toMatchSnapshot();
});

test('the commands that docs/containers.md shows run, with the options that they show', () => {
  const docs = readFileSync(path.join(__dirname, '..', '..', 'docs', 'containers.md'), 'utf8');
  const commands = [...docs.matchAll(/^npm run local -- fargate((?: -c \S+)*)/gm)].map(([, options = '']) =>
    contextFrom(options.split(' -c ').filter((option) => option !== '')),
  );
  expect(commands).toContainEqual({ 'task.memoryMiB': '1024' });
  for (const options of commands)
    expect(declaredTask('Fargate', options)).toMatchObject({ Memory: options['task.memoryMiB'] ?? '512' });
});

test('with ECS Exec the task is one that can be run here, and its image the one with what that needs', () => {
  const task = declaredTask('Fargate', { 'task.exec': true });
  const imageVolumes = ['/tmp'];
  expect(localTask(task, { imageTags: [imageTag('arm64', 'exec')], imageVolumes }).arguments).not.toContain(
    '--read-only',
  );
  expect(() => localTask(task, { imageTags: [imageTag('arm64')], imageVolumes })).toThrow(/its tag must be/);
});

test('docs/containers.md says of each property what becomes of it', () => {
  const docs = readFileSync(path.join(__dirname, '..', '..', 'docs', 'containers.md'), 'utf8');
  expect(docs).toContain(propertiesTable());
});
