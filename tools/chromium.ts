import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser, type JSHandle, type Page } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

/** The Chromium of this machine: `CHROMIUM` in the environment, or the first of the usual names on the PATH. */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = env['CHROMIUM'];
  const folders = (env['PATH'] ?? '').split(path.delimiter);
  const candidates =
    named === undefined ? names.flatMap((name) => folders.map((folder) => path.join(folder, name))) : [named];
  return candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Starts it in an empty profile, and with everything off by which it would speak to anybody but the page. */
export function startChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** A picture as a person drags it: what an event `drop` of the page carries. */
export const draggedPicture = (page: Page, name: string, type: string, bytes: Uint8Array): Promise<JSHandle> =>
  page.evaluateHandle(`(() => {
    const bytes = Uint8Array.from(atob('${Buffer.from(bytes).toString('base64')}'), (letter) => letter.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], '${name}', { type: '${type}' }));
    return transfer;
  })()`);
