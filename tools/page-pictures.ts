import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { getRequestListener } from '@hono/node-server';
import sharp from 'sharp';
import { createApp } from '../service/app';
import { platformFromEnvironment } from '../service/platform';
import { findChromium, startChromium } from './chromium';
import { fail, readCommandLine } from './command-line';

const ROOT = path.join(__dirname, '..');

const USAGE = `Takes the pictures of the page that the README shows, docs/page-light.png and docs/page-dark.png.

  npm run page-pictures

It takes a Chromium: the first on the PATH, or the one that CHROMIUM names.`;

async function main(): Promise<void> {
  readCommandLine(USAGE, {});
  const executable = findChromium();
  if (executable === undefined) throw new Error('There is no Chromium here. Install one, or name it in CHROMIUM.');
  const app = createApp(platformFromEnvironment({ SERVICE_OPTION: 'local' }, { log: () => undefined }));
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const server = createServer((request, response) => void listener(request, response));
  const browser = await startChromium(executable);
  try {
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await browser.newPage({ colorScheme, viewport: { width: 960, height: 600 } });
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      await page.setInputFiles('#picture', path.join(ROOT, 'contract', 'photographs', 'cat.jpg'));
      await page.getByText('320 × 213 pixels', { exact: true }).waitFor();
      // Once more, so that there are answers to compare.
      await page.getByRole('button', { name: 'Make thumbnail' }).click();
      await page.getByRole('listitem').nth(1).waitFor();
      // Down to the end of the facts; what to do without a browser can be read elsewhere.
      const { y = 0, height = 0 } = (await page.locator('#facts').boundingBox()) ?? {};
      const clip = { x: 0, y: 0, width: 960, height: Math.ceil(y + height) + 20 };
      const file = path.join(ROOT, 'docs', `page-${colorScheme}.png`);
      await sharp(await page.screenshot({ fullPage: true, clip }))
        .png({ palette: true })
        .toFile(file);
      console.log(path.relative(process.cwd(), file));
      await page.close();
    }
  } finally {
    await browser.close();
    server.close();
  }
}

main().catch(fail);
