import { buildImage, HOST_ARCHITECTURE, imageTag } from '../docker/build';
import { readConfig } from '../lib/app';
import { imageTarget } from '../lib/ecs/options';
import { docker, succeeded, tryDocker } from '../docker/command';
import { type ContainerOptions, runProgram, serve } from './container';
import { CONTEXT, contextFrom, readCommandLine, UsageError } from './command-line';
import { declaredTask, TASK_STACKS } from './local/declared-task';
import { localTask, PROPERTIES } from './local/task-definition';
import { markdownTable } from './table';

const USAGE = `Runs the task of a stack on this machine's container engine, as its synthesised task definition declares it.

  npm run local -- fargate                   the task of the stack Fargate
  npm run local -- ecs-ec2                   the task of the stack EcsEc2
  npm run local -- managed-instances         the task of the stack ManagedInstances
  npm run local -- fargate -c option=value   with options, as cdk takes them
  npm run local -- --properties              what becomes of each property of a task definition

It answers at an address on 127.0.0.1, until Ctrl+C.`;

/** What becomes of each property of a task definition, as a Markdown table; docs/containers.md has it. */
export const propertiesTable = (): string =>
  markdownTable(
    ['property', 'here'],
    Object.entries(PROPERTIES).map(([property, rule]) => [
      `\`${property}\``,
      'ignored' in rule ? `ignored: ${rule.ignored}` : rule.becomes,
    ]),
  );

/**
 * How the task of a stack runs here: the image built, and a health check put on top of it, which `docker run` can't
 * be told of without a shell.
 *
 * @param say called with what plays no part here, and what Docker prints
 * @throws ConfigurationError, ImageBuildError, DockerError; RefusedTaskError where a property can't be honoured
 */
export async function localContainer(
  stackId: string,
  options: Readonly<Record<string, unknown>>,
  { signal, say = () => undefined }: { readonly signal?: AbortSignal; readonly say?: (text: string) => void } = {},
): Promise<ContainerOptions> {
  const properties = declaredTask(stackId, options);
  const target = imageTarget(readConfig(options).values);
  const built = { architecture: HOST_ARCHITECTURE, target, onOutput: say, ...(signal && { signal }) };
  const { tag } = await buildImage(built);
  const volumes: unknown = JSON.parse(await docker('image', 'inspect', '--format', '{{json .Config.Volumes}}', tag));
  const { healthCheck, ignored, ...task } = localTask(properties, {
    imageTags: [imageTag('arm64', target), imageTag('x64', target)],
    imageVolumes: Object.keys(volumes ?? {}),
  });
  for (const line of ignored) say(`not here: ${line}\n`);
  return { ...task, image: healthCheck === undefined ? tag : await onTop(tag, healthCheck) };
}

/** The image with one instruction more, by its id. */
async function onTop(image: string, instruction: string): Promise<string> {
  const args = ['build', '--quiet', '--network', 'none', '-'];
  return succeeded(args, await tryDocker(args, { input: `FROM ${image}\n${instruction}\n` }));
}

async function main(signal: AbortSignal): Promise<number> {
  const { values, positionals } = readCommandLine(USAGE, {
    allowPositionals: true,
    options: { ...CONTEXT, properties: { type: 'boolean' } },
  });
  if (values.properties) {
    console.log(propertiesTable());
    return 0;
  }
  const [name = ''] = positionals;
  const stackId = TASK_STACKS.get(name);
  if (stackId === undefined || positionals.length > 1) {
    const given =
      positionals.length === 0
        ? 'No stack is given'
        : `${JSON.stringify(positionals.join(' '))} is not a stack with a task`;
    throw new UsageError(`${given}; there is ${[...TASK_STACKS.keys()].join(', ')}.`, USAGE);
  }
  // Validated elsewhere: it takes seconds.
  process.env['CDK_VALIDATION'] = 'false';
  const say = (text: string) => process.stderr.write(text);
  const container = await localContainer(stackId, contextFrom(values.context), { signal, say });
  return serve(`The task of ${stackId}`, container, signal);
}

if (require.main === module) runProgram(main);
