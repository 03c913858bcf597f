import { buildImage, HOST_ARCHITECTURE } from '../docker/build';
import { readCommandLine } from './command-line';
import { type ContainerOptions, runProgram, serve } from './container';

/** A container as the smallest task gets it: nothing that the service does not need. */
export const SMALL_CONTAINER: Omit<ContainerOptions, 'image'> = {
  port: 8080,
  stopSeconds: 30,
  arguments: [
    ...['--memory', '512m', '--memory-swap', '512m', '--cpus', '0.25'],
    ...['--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
  ],
};

const USAGE = `Builds the image of the service and runs it on this machine's container engine, with the limits of the smallest task.

  npm run docker

It answers at an address on 127.0.0.1, until Ctrl+C.`;

if (require.main === module) {
  runProgram(async (signal) => {
    readCommandLine(USAGE, {});
    const onOutput = (text: string) => process.stderr.write(text);
    const { tag } = await buildImage({ architecture: HOST_ARCHITECTURE, signal, onOutput });
    return serve('Thumbnails in a container', { image: tag, ...SMALL_CONTAINER }, signal);
  });
}
