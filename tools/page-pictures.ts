import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { getRequestListener } from '@hono/node-server';
import type { Browser } from 'playwright-core';
import sharp from 'sharp';
import { createApp } from '../service/app';
import { platformFromEnvironment } from '../service/platform';
import { findChromium, startChromium } from './chromium';
import { fail, readCommandLine, UsageError } from './command-line';
import { dropPicture, photographSandbox } from './sandbox/picture';
import { StartedSandbox } from './sandbox/started';

const ROOT = path.join(__dirname, '..');
const DOCS = path.join(ROOT, 'docs');
const PHOTOGRAPH = path.join(ROOT, 'contract', 'photographs', 'cat.jpg');
const PAGES = ['service', 'sandbox'] as const;

const USAGE = `Takes the pictures of the pages that the docs show: docs/page-*.png of the service, docs/sandbox-*.webp of the sandbox.

  npm run page-pictures                # of both
  npm run page-pictures -- sandbox     # of one: ${PAGES.join(' or ')}

It takes a Chromium: the first on the PATH, or the one that CHROMIUM names. That of the sandbox starts every option that this
machine can run, and shows those.`;

const say = (file: string): void => console.log(path.relative(process.cwd(), file));

async function ofService(browser: Browser): Promise<void> {
  const app = createApp(platformFromEnvironment({ SERVICE_OPTION: 'local' }, { log: () => undefined }));
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const server = createServer((request, response) => void listener(request, response));
  try {
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await browser.newPage({ colorScheme, viewport: { width: 960, height: 600 } });
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      await page.setInputFiles('#picture', PHOTOGRAPH);
      await page.getByText('320 × 213 pixels', { exact: true }).waitFor();
      // Once more, so that there are answers to compare.
      await page.getByRole('button', { name: 'Make thumbnail' }).click();
      await page.getByRole('listitem').nth(1).waitFor();
      // Down to the end of the facts; what to do without a browser can be read elsewhere.
      const { y = 0, height = 0 } = (await page.locator('#facts').boundingBox()) ?? {};
      const clip = { x: 0, y: 0, width: 960, height: Math.ceil(y + height) + 20 };
      const file = path.join(DOCS, `page-${colorScheme}.png`);
      await sharp(await page.screenshot({ fullPage: true, clip }))
        .png({ palette: true })
        .toFile(file);
      say(file);
      await page.close();
    }
  } finally {
    server.close();
  }
}

async function ofSandbox(browser: Browser): Promise<void> {
  // Not the sandbox of the person who takes the pictures.
  const folder = path.join(ROOT, '.cache', 'sandbox-pictures');
  const sandbox = new StartedSandbox({ environment: { SANDBOX_FOLDER: folder } });
  try {
    const page = await browser.newPage();
    await page.goto(await sandbox.url());
    console.log('The sandbox starts; its options take half a minute.');
    await sandbox.ready();
    await page.getByText('is being computed').first().waitFor({ state: 'detached' });
    await dropPicture(page, PHOTOGRAPH);
    // Once more: first answers are cold.
    await dropPicture(page, PHOTOGRAPH);
    (await photographSandbox(page, DOCS)).forEach(say);
    await page.close();
  } finally {
    await sandbox.interrupt();
  }
}

async function main(): Promise<void> {
  const { positionals } = readCommandLine(USAGE, { allowPositionals: true, options: {} });
  const unknown = positionals.find((word) => !PAGES.some((page) => page === word));
  if (unknown !== undefined)
    throw new UsageError(`There is no page ${unknown}. There are: ${PAGES.join(' and ')}.`, USAGE);
  const wanted = (page: (typeof PAGES)[number]): boolean => positionals.length === 0 || positionals.includes(page);
  const executable = findChromium();
  if (executable === undefined) throw new Error('There is no Chromium here. Install one, or name it in CHROMIUM.');
  const browser = await startChromium(executable);
  try {
    if (wanted('service')) await ofService(browser);
    if (wanted('sandbox')) await ofSandbox(browser);
  } finally {
    await browser.close();
  }
}

main().catch(fail);
