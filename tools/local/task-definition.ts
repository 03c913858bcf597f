import { z } from 'zod';

/** What the translation has to know beyond the task definition. */
export interface Here {
  /** The tags that the image of the service has now, one an architecture. */
  readonly imageTags: readonly string[];
  /** The folders that the image declares as volumes. */
  readonly imageVolumes: readonly string[];
}

/** A task as `docker run` can run it. */
export interface LocalTask {
  readonly arguments: readonly string[];
  /** The port that the service listens on inside. */
  readonly port: number;
  /** How long it has to end after SIGTERM, in seconds. */
  readonly stopSeconds: number;
  /** Instruction of a Dockerfile, since `docker run` knows no health check without a shell. */
  readonly healthCheck: string | undefined;
  /** What is declared and plays no part here, each with the reason. */
  readonly ignored: readonly string[];
}

/** A task definition has what can't be honoured on this machine; the message names each property. */
export class RefusedTaskError extends Error {
  override readonly name = 'RefusedTaskError';

  constructor(faults: readonly string[]) {
    super(`This task can't be run here as it is declared:\n${faults.map((fault) => `- ${fault}`).join('\n')}`);
  }
}

interface Part {
  readonly arguments?: readonly string[];
  readonly port?: number;
  readonly stopSeconds?: number;
  readonly healthCheck?: string;
}

type Rule =
  { readonly becomes: string; readonly translate: (value: unknown, here: Here) => Part } | { readonly ignored: string };

/** @param becomes what it is here, in words; `translate` throws ZodError where a value is none that can be */
const honoured = <T>(becomes: string, allowed: z.ZodType<T>, part: (value: T, here: Here) => Part): Rule => ({
  becomes,
  translate: (value, here) => part(allowed.parse(value), here),
});
const ignored = (reason: string): Rule => ({ ignored: reason });

const argument = (...words: readonly (string | number)[]): Part => ({ arguments: words.map(String) });
const nothing = (): Part => ({});
const digits = z.string().regex(/^\d+$/, 'a whole number is expected');

const MIB_OF_CONTAINER = z.int().positive();
const ROLES = 'AWS is not called from here, and no credentials are given';

/**
 * What becomes of each property, by its path; `[]` is each element. What is not here is refused, so that nothing is
 * declared for nothing. How ECS hands them to Docker: Amazon ECS Developer Guide, "Amazon ECS task definition parameters".
 */
export const PROPERTIES: Readonly<Record<string, Rule>> = {
  Family: ignored('a name'),
  RequiresCompatibilities: ignored('what AWS checks the definition against'),
  ExecutionRoleArn: ignored(ROLES),
  TaskRoleArn: ignored(ROLES),
  Tags: ignored('names for the bill'),
  'RuntimePlatform.OperatingSystemFamily': honoured('a Linux container', z.literal('LINUX'), nothing),
  'RuntimePlatform.CpuArchitecture': ignored("the image is built from the same sources for this machine's processor"),
  NetworkMode: honoured('a network of its own', z.enum(['awsvpc', 'bridge']), nothing),
  Cpu: honoured('`--cpus`, 1024 units each', digits, (units) => argument('--cpus', Number(units) / 1024)),
  Memory: honoured("the container's `Memory` is never more", digits, nothing),
  'Volumes[]': honoured(
    'an anonymous volume, where it is mounted',
    z.strictObject({ Name: z.string(), Host: z.strictObject({}).optional() }),
    nothing,
  ),
  'ContainerDefinitions[].Name': ignored('a name'),
  'ContainerDefinitions[].Image': honoured(
    'the image that these sources give',
    // A token, but for its tag, which says its content.
    z.unknown(),
    (image, { imageTags }) => {
      if (imageTags.some((tag) => JSON.stringify(image).includes(`:${tag}"`))) return {};
      throw new z.ZodError([
        { code: 'custom', path: [], message: `its tag must be ${imageTags.join(' or ')}`, input: image },
      ]);
    },
  ),
  'ContainerDefinitions[].Essential': honoured('the runner ends with it', z.literal(true), nothing),
  'ContainerDefinitions[].Cpu': honoured('`--cpu-shares`', z.int(), (units) => argument('--cpu-shares', units)),
  'ContainerDefinitions[].Memory': honoured('`--memory`, and no swap beyond it', MIB_OF_CONTAINER, (mib) =>
    argument('--memory', `${mib}m`, '--memory-swap', `${mib}m`),
  ),
  'ContainerDefinitions[].MemoryReservation': honoured('`--memory-reservation`', MIB_OF_CONTAINER, (mib) =>
    argument('--memory-reservation', `${mib}m`),
  ),
  'ContainerDefinitions[].Environment[]': honoured(
    '`--env`',
    z.strictObject({ Name: z.string(), Value: z.string() }),
    ({ Name, Value }) => argument('--env', `${Name}=${Value}`),
  ),
  'ContainerDefinitions[].User': honoured('`--user`', z.string(), (user) => argument('--user', user)),
  'ContainerDefinitions[].ReadonlyRootFilesystem': honoured('`--read-only`', z.boolean(), (isReadOnly) =>
    isReadOnly ? argument('--read-only') : {},
  ),
  'ContainerDefinitions[].DockerSecurityOptions[]': honoured('`--security-opt`', z.string(), (option) =>
    argument('--security-opt', option),
  ),
  'ContainerDefinitions[].LinuxParameters.Capabilities.Drop[]': honoured('`--cap-drop`', z.string(), (capability) =>
    argument('--cap-drop', capability),
  ),
  'ContainerDefinitions[].LinuxParameters.Capabilities.Add[]': honoured('`--cap-add`', z.string(), (capability) =>
    argument('--cap-add', capability),
  ),
  'ContainerDefinitions[].LinuxParameters.InitProcessEnabled': honoured('`--init`', z.boolean(), (isEnabled) =>
    isEnabled ? argument('--init') : {},
  ),
  'ContainerDefinitions[].LinuxParameters.Tmpfs[]': honoured(
    '`--tmpfs`',
    z.strictObject({
      ContainerPath: z.string(),
      Size: z.int().positive(),
      MountOptions: z.array(z.string()).optional(),
    }),
    ({ ContainerPath, Size, MountOptions = [] }) =>
      argument('--tmpfs', `${ContainerPath}:${[`size=${Size}m`, ...MountOptions].join(',')}`),
  ),
  'ContainerDefinitions[].Ulimits[]': honoured(
    '`--ulimit`',
    z.strictObject({ Name: z.string(), SoftLimit: z.int(), HardLimit: z.int() }),
    ({ Name, SoftLimit, HardLimit }) => argument('--ulimit', `${Name}=${SoftLimit}:${HardLimit}`),
  ),
  'ContainerDefinitions[].MountPoints[]': honoured(
    '`--mount`, of the mode that ECS would give it',
    z.strictObject({ ContainerPath: z.string(), SourceVolume: z.string(), ReadOnly: z.boolean().optional() }),
    ({ ContainerPath, ReadOnly = false }, { imageVolumes }) =>
      argument(
        '--mount',
        [
          'type=volume',
          `destination=${ContainerPath}`,
          ...(ReadOnly ? ['readonly'] : []),
          // Docker copies the image's folder into a new volume, its mode too. ECS does so only where the image
          // declares a volume there; else root alone may write (ECS Developer Guide, "Use bind mounts with Amazon ECS").
          ...(imageVolumes.includes(ContainerPath) ? [] : ['volume-nocopy']),
        ].join(','),
      ),
  ),
  'ContainerDefinitions[].PortMappings[]': honoured(
    'published on a free port of 127.0.0.1',
    z.strictObject({
      ContainerPort: z.int(),
      HostPort: z.literal(0).optional(),
      Protocol: z.literal('tcp').optional(),
      Name: z.string().optional(),
    }),
    ({ ContainerPort }) => ({ port: ContainerPort }),
  ),
  'ContainerDefinitions[].HealthCheck': honoured(
    '`HEALTHCHECK`, in an image on top',
    z.strictObject({
      Command: z.tuple([z.literal('CMD'), z.string()], z.string()),
      Interval: z.int(),
      Retries: z.int(),
      StartPeriod: z.int().optional(),
      Timeout: z.int(),
    }),
    ({ Command: [, ...command], Interval, Retries, StartPeriod = 0, Timeout }) => ({
      healthCheck:
        `HEALTHCHECK --interval=${Interval}s --timeout=${Timeout}s --start-period=${StartPeriod}s ` +
        `--retries=${Retries} CMD ${JSON.stringify(command)}`,
    }),
  ),
  'ContainerDefinitions[].StopTimeout': honoured('`docker stop --time`', z.int(), (seconds) => ({
    stopSeconds: seconds,
  })),
  'ContainerDefinitions[].LogConfiguration': ignored('there is no CloudWatch here; the log is shown'),
};

/** ECS's own where a task definition has none (`ECS_CONTAINER_STOP_TIMEOUT`; the same on Fargate). */
const STOP_SECONDS = 30;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const isOnTheWay = (path: string): boolean =>
  path === '' || Object.keys(PROPERTIES).some((known) => known.startsWith(`${path}.`) || known.startsWith(`${path}[]`));

/** Each property that has a rule, and each that has none and holds none that has. */
function propertiesOf(value: unknown, path: string): { path: string; value: unknown }[] {
  if (path in PROPERTIES || !isObject(value) || !isOnTheWay(path)) return [{ path, value }];
  if (Array.isArray(value)) return value.flatMap((element) => propertiesOf(element, `${path}[]`));
  return Object.entries(value).flatMap(([key, inner]) => propertiesOf(inner, path === '' ? key : `${path}.${key}`));
}

/**
 * The arguments of `docker run` for a task definition, as it stands in a synthesised template.
 *
 * @param properties of a resource of the type AWS::ECS::TaskDefinition
 * @throws RefusedTaskError naming every property that can't be honoured
 */
export function localTask(properties: unknown, here: Here): LocalTask {
  const parts: Part[] = [];
  const unused: string[] = [];
  const faults: string[] = [];
  const declared = propertiesOf(properties, '');
  for (const { path, value } of declared) {
    const rule = PROPERTIES[path];
    const shown = JSON.stringify(value);
    if (rule === undefined) faults.push(`${path} = ${shown}: the local runner knows nothing that does the same`);
    else if ('ignored' in rule) unused.push(`${path}: ${rule.ignored}`);
    else {
      try {
        parts.push(rule.translate(value, here));
      } catch (error) {
        if (!(error instanceof z.ZodError)) throw error;
        const why = error.issues.map((issue) => [...issue.path, issue.message].join(': ')).join('; ');
        faults.push(`${path} = ${shown}: ${why}`);
      }
    }
  }
  const containers = isObject(properties) ? [properties['ContainerDefinitions']].flat().length : 0;
  if (containers !== 1) faults.push(`ContainerDefinitions has ${containers} containers: exactly one is run here`);
  const ports = declared.filter(({ path }) => path === 'ContainerDefinitions[].PortMappings[]').length;
  if (ports !== 1) faults.push(`ContainerDefinitions[].PortMappings has ${ports} ports: exactly one is published here`);
  const [port] = parts.flatMap((part) => part.port ?? []);
  if (faults.length > 0 || port === undefined) throw new RefusedTaskError(faults);
  return {
    arguments: parts.flatMap((part) => part.arguments ?? []),
    port,
    stopSeconds: parts.flatMap(({ stopSeconds }) => stopSeconds ?? [])[0] ?? STOP_SECONDS,
    healthCheck: parts.flatMap(({ healthCheck }) => healthCheck ?? [])[0],
    ignored: unused,
  };
}
