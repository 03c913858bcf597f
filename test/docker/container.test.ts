import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { unzipSync } from 'fflate';
import { baseImage, buildImage, DOCKERFILE, HOST_ARCHITECTURE } from '../../docker/build';
import { docker } from '../../docker/command';
import { serviceBundle } from '../../packaging/bundle';
import { NODE_MAJOR } from '../../packaging/node-version';
import { Container } from '../../tools/container';
import { SMALL_CONTAINER } from '../../tools/docker';
import { describeWithEngine, whyNoBaseImageFor } from './engine';

const dockerfile = readFileSync(DOCKERFILE, 'utf8');
/** The libraries of the system that the Dockerfile takes into the image, without their versions' patches. */
const libraries = /for library in ([^;]+);/.exec(dockerfile.replaceAll('\\\n', ''))?.[1]?.match(/[\w.+*?-]+/g) ?? [];

describe('The Dockerfile', () => {
  it('starts from the Node.js that the service is made for', () => {
    expect(baseImage()).toMatch(new RegExp(`:${NODE_MAJOR}\\.\\d+\\.\\d+-`));
  });

  it.each(['arm64', 'x64'] as const)(
    'takes every library of the system that the bundle for %s loads',
    (architecture) => {
      const bundle = unzipSync(readFileSync(serviceBundle(architecture).path), {
        filter: ({ name }) => /\.(node|so[.\d]*)$/.test(name),
      });
      const named = Object.values(bundle).flatMap(
        (library) =>
          Buffer.from(library)
            .toString('latin1')
            .match(/lib[\w+-]+\.so(\.\d+)*(?=\0)/g) ?? [],
      );
      const ownNames = Object.keys(bundle).map((name) => name.replace(/.*\//, ''));
      const ofTheSystem = new Set(named.filter((name) => !ownNames.includes(name)));
      expect(ofTheSystem.size).toBeGreaterThanOrEqual(6);
      expect(libraries).toEqual(expect.arrayContaining([...ofTheSystem]));
    },
  );
});

/** What a program finds inside that may do as much as the service: every file and folder but those of the kernel. */
const LIST_FILES = `
  const { accessSync, constants, lstatSync, readdirSync } = require('node:fs');
  const may = (file, what) => { try { accessSync(file, what); return true; } catch { return false; } };
  const walk = (folder) => readdirSync(folder, { withFileTypes: true })
    .map((entry) => (folder === '/' ? '' : folder) + '/' + entry.name)
    .filter((file) => !['/proc', '/sys', '/dev'].includes(file) && !lstatSync(file).isSymbolicLink())
    .flatMap((file) => [file, ...(lstatSync(file).isDirectory() && may(file, constants.R_OK) ? walk(file) : [])]);
  const files = ['/', ...walk('/')];
  const runs = (file) => lstatSync(file).isFile() && lstatSync(file).size > 0 && may(file, constants.X_OK);
  console.log(JSON.stringify({
    writable: files.filter((file) => may(file, constants.W_OK)),
    runnable: files.filter(runs),
    privileged: files.filter((file) => lstatSync(file).isFile() && lstatSync(file).mode & 0o6000),
    packages: readdirSync('/var/lib/dpkg/status.d'),
    user: process.getuid(),
  }));`;

describeWithEngine('The image', () => {
  let image: string;
  let container: Container;
  beforeAll(async () => {
    image = (await buildImage({ architecture: HOST_ARCHITECTURE })).tag;
    container = await Container.start({ image, ...SMALL_CONTAINER });
  }, 60_000);
  afterAll(() => (container as Container | undefined)?.[Symbol.asyncDispose]());

  it('has Node.js to run and nothing else: no shell, no package manager', async () => {
    const { runnable, privileged } = JSON.parse(await container.run('node', '-e', LIST_FILES)) as {
      runnable: string[];
      privileged: string[];
    };
    expect(runnable.filter((file) => !/^\/lib\/[^/]+\.so(\.\d+)*$/.test(file))).toEqual(['/usr/local/bin/node']);
    expect(privileged).toEqual([]);
    await expect(container.run('sh', '-c', 'true')).rejects.toThrow(/executable file not found/);
  });

  it('lets the service write nowhere but in /tmp, whoever runs it without a read-only root', async () => {
    const found = await docker('run', '--rm', '--network', 'none', image, 'node', '-e', LIST_FILES);
    expect(JSON.parse(found)).toMatchObject({ user: 1000, writable: ['/tmp'] });
  });

  it('says to scanners which packages of Debian its files are from', async () => {
    const show = `
      const { readdirSync, readFileSync } = require('node:fs');
      const folder = '/var/lib/dpkg/status.d/';
      console.log(readdirSync(folder).map((name) => readFileSync(folder + name, 'utf8')).join(''));
      console.log(readFileSync('/etc/os-release', 'utf8'));`;
    const said = await container.run('node', '-e', show);
    for (const name of ['libc6', 'libgcc-s1', 'libstdc++6']) {
      expect(said).toMatch(
        new RegExp(`^Package: ${name.replaceAll('+', '\\+')}\n(.+\n)?Status: install ok installed$`, 'm'),
      );
    }
    expect(said.match(/^Version: \S+$/gm)).toHaveLength(3);
    expect(said).toMatch(/^ID=debian$/m);
  });

  it('gives the service no capability, and no way to get one', async () => {
    const status = await container.run('node', '-p', `require('node:fs').readFileSync('/proc/1/status', 'utf8')`);
    expect(status).toMatch(/^Uid:\t1000\t1000\t1000\t1000$/m);
    expect(status.match(/^Cap(Inh|Prm|Eff|Bnd|Amb):\t0{16}$/gm)).toHaveLength(5);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
  });

  it('stays small', async () => {
    const bytes = Number(await docker('image', 'inspect', '--format', '{{.Size}}', image));
    // Node.js itself is 120 MB, and the image library 19.
    expect(bytes).toBeGreaterThan(100e6);
    expect(bytes).toBeLessThan(160e6);
  });

  it('is the same image where nothing has changed', async () => {
    expect((await buildImage({ architecture: HOST_ARCHITECTURE })).tag).toBe(image);
    expect(image).toMatch(/^thumbnails:(arm64|x64)-[0-9a-f]{16}$/);
  });
});

describeWithEngine('The image for ECS Exec', () => {
  let image: string;
  let container: Container;
  beforeAll(async () => {
    image = (await buildImage({ architecture: HOST_ARCHITECTURE, target: 'exec' })).tag;
    // With a root that can be written to, as its task has it.
    const writable = SMALL_CONTAINER.arguments.filter((argument) => argument !== '--read-only');
    container = await Container.start({ image, ...SMALL_CONTAINER, arguments: writable });
  }, 60_000);
  afterAll(() => (container as Container | undefined)?.[Symbol.asyncDispose]());

  it('has what the agent records a session with and a shell, and nothing else more', async () => {
    const { runnable, privileged } = JSON.parse(await container.run('node', '-e', LIST_FILES)) as {
      runnable: string[];
      privileged: string[];
    };
    expect(runnable.filter((file) => !/^\/lib\/[^/]+\.so(\.\d+)*$/.test(file)).sort()).toEqual([
      '/bin/cat',
      '/bin/script',
      '/bin/sh',
      '/usr/local/bin/node',
    ]);
    expect(privileged).toEqual([]);
  });

  it('records the input and the output of a shell', async () => {
    const said = await container.run('script', '--quiet', '--command', 'sh -c "echo recorded"', '/tmp/session');
    expect(said).toContain('recorded');
    expect(await container.run('cat', '/tmp/session')).toContain('recorded');
  });

  it('says to scanners where the three are from', async () => {
    const packages = await container.run('sh', '-c', 'cat /var/lib/dpkg/status.d/*');
    for (const name of ['bsdutils', 'coreutils', 'dash', 'libc6'])
      expect(packages).toMatch(new RegExp(`^Package: ${name}$`, 'm'));
  });
});

const OTHER_ARCHITECTURE = HOST_ARCHITECTURE === 'x64' ? 'arm64' : 'x64';
/** What an ELF file of an architecture has at byte 18, its machine. */
const MACHINES = { x64: 62, arm64: 183 } as const;

describeWithEngine(
  `The image for ${OTHER_ARCHITECTURE}`,
  () => {
    it.each(['service', 'exec'] as const)(
      'is built here, without emulation, all of it for that processor: %s',
      async (target) => {
        const { tag } = await buildImage({ architecture: OTHER_ARCHITECTURE, target });
        const platform = await docker('image', 'inspect', '--format', '{{.Os}}/{{.Architecture}}', tag);
        expect(platform).toBe(`linux/${OTHER_ARCHITECTURE === 'x64' ? 'amd64' : 'arm64'}`);
        // Never started; what is in it is looked at from outside.
        const created = await docker('create', '--platform', platform, tag);
        const folder = mkdtempSync(path.join(tmpdir(), 'thumbnails-other-'));
        try {
          const programs = ['/usr/local/bin/node', '/lib/libc.so.6', ...(target === 'exec' ? ['/bin/script'] : [])];
          for (const program of programs) {
            const copy = path.join(folder, path.basename(program));
            await docker('cp', `${created}:${program}`, copy);
            expect([program, readFileSync(copy).readUInt16LE(18)]).toEqual([program, MACHINES[OTHER_ARCHITECTURE]]);
          }
        } finally {
          rmSync(folder, { recursive: true });
          await docker('rm', created);
        }
      },
      300_000,
    );
  },
  () => whyNoBaseImageFor(OTHER_ARCHITECTURE),
);
