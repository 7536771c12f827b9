import { spawn } from 'node:child_process';
import { built } from '../support/programs.js';

/** The first of the sample's own keys, in sample-app/.env. */
export const SAMPLE_KEY = 'signature_key1';
export const SAMPLE_SECRET = 'signature_secret1';

/** `npm test` compiles it as `npm start` does: once, for all test files that start it. */
const MAIN = built('dist/sample-app/main.js');

/** The sample application as a process of its own. */
export interface RunningSample {
  readonly port: number;
  /** All that it printed. */
  readonly output: string;
  /** The commands that it printed, in their order. */
  readonly curls: readonly string[];
  stop(): Promise<void>;
}

/** How a start ended that came to nothing. */
export interface FailedStart {
  readonly exitCode: number | null;
  readonly output: string;
}

/** Starts the sample on a free port, and waits until it has printed its commands. Rejects if it ends before. */
export async function startSample(environment: Readonly<Record<string, string>>): Promise<RunningSample> {
  const started = await run({ PORT: '0', ...environment });
  if ('exitCode' in started) throw new Error(`The sample ended with ${started.exitCode}:\n${started.output}`);
  return started;
}

/** Starts the sample where it cannot; gives back how it ended. */
export async function failToStart(environment: Readonly<Record<string, string>>): Promise<FailedStart> {
  const started = await run({ PORT: '0', ...environment });
  if ('exitCode' in started) return started;
  await started.stop();
  throw new Error(`The sample started:\n${started.output}`);
}

function run(environment: Readonly<Record<string, string>>): Promise<RunningSample | FailedStart> {
  const { PATH } = process.env; // and nothing else: no keys, no port
  const child = spawn(process.execPath, [MAIN], { env: { PATH, NO_COLOR: '1', ...environment } });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  let output = '';
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    const listen = (text: string) => {
      output += text;
      const curls = output.match(/^curl .*(?=\n)/gm) ?? [];
      if (curls.length < 2) return;
      const port = Number(/:(\d+)\/hello$/.exec(curls[0]!)?.[1]);
      resolve({ port, output, curls, stop: () => stop() });
    };
    const stop = async () => {
      child.kill();
      await ended;
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', listen);
    void ended.then((exitCode) => {
      resolve({ exitCode, output });
    });
  });
}
