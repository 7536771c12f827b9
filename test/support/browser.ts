import { chromium, type Browser } from 'playwright-core';
import { program } from './programs.js';

const CHROMIUM = program('chromium');
const OPTIONS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts Chromium without a window. Close it afterwards. */
export function startBrowser(...options: string[]): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: [...OPTIONS, ...options] });
}
