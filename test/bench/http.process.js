import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath, URL } from 'node:url';
import autocannon from 'autocannon';

/** Starts an application in a process of its own: see http.app.js. */
export async function start(platform, guard) {
  const child = fork(fileURLToPath(new URL('http.app.js', import.meta.url)), [platform, guard]);
  const [{ port, token }] = await once(child, 'message');
  return { child, port, token };
}

/** What an application answers when its process is asked for `cpu` or `times`. */
export async function ask({ child }, what) {
  child.send(what);
  const [answer] = await once(child, 'message');
  return answer[what];
}

/** Sends one and the same request again and again: for some seconds, or so many of them. Gives their number, and per second. */
export async function send({ port, token }, { method, target, headers, body }, { connections, seconds, amount }) {
  const sent = headers.map(([name, value]) => [name, name === 'Authorization' && token ? `Bearer ${token}` : value]);
  const result = await autocannon({
    connections,
    ...(seconds ? { duration: seconds, sampleInt: 1000 * seconds } : { amount }),
    url: `http://127.0.0.1:${port}${target}`,
    method,
    headers: Object.fromEntries(sent),
    body,
  });
  assert.deepEqual([result.non2xx, result.errors, result.timeouts], [0, 0, 0]);
  const { total } = result.requests;
  return { total, perSecond: total / ((result.finish - result.start) / 1000) };
}
