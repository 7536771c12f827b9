import { Agent } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { altered, forward } from '../../support/gateway.js';
import { begin, replyTo, type Reply, type RequestToSend } from '../../support/http-client.js';

export const BODY_BYTES = 1_000_000;

/** Uploads of 1 MB that together need more memory than there is. */
export interface Load {
  readonly senders: number;
  /** Each sends a piece of so many bytes every `PIECE_EVERY`. */
  readonly piece: number;
  readonly heldBytes: number;
  readonly retries: boolean;
}

/** Every tenth body is changed on the way. */
const ALTERED_EVERY = 10;
const PIECE_EVERY = 500; // milliseconds
/** Milliseconds from one sender's start to the next one's: the last one starts before the first one is done. */
const STAGGER = 10;
/** Milliseconds after which nobody tries again. */
const PATIENCE = 75_000;

interface Sender {
  readonly request: RequestToSend;
  readonly isAltered: boolean;
}

/** How the senders fared. */
export interface Outcome {
  served: number;
  /** Answers 503 with Retry-After. */
  sentAway: number;
  /** Senders of altered bodies that were told so. */
  alteredRefused: number;
  wronglyAccepted: number;
  /** Senders that were sent away and tried again until their patience was over. */
  gaveUp: number;
  /** Answers that should not be, and connections that broke before any. */
  unexpected: string[];
  seconds: number;
}

function sendersOf(count: number, body: Buffer): Sender[] {
  return Array.from({ length: count }, (_, index) => {
    const request = forward({ method: 'POST', target: `/counted/${index}`, body });
    const isAltered = index % ALTERED_EVERY === 0;
    return { isAltered, request: isAltered ? altered(request, BODY_BYTES - 1) : request };
  });
}

/** Sends a body piece by piece, and stops when there is an answer. */
async function sendSlowly(port: number, { request }: Sender, piece: number): Promise<Reply> {
  // A connection to be kept: Node closes others with its answer, and what is on the way then may break them before it.
  const agent = new Agent({ keepAlive: true });
  const outgoing = begin(port, request, agent);
  const body = request.body as Uint8Array;
  let sent = 0;
  const sendPiece = () => {
    outgoing.write(body.subarray(sent, (sent += piece)));
    if (sent < body.length) return;
    clearInterval(pace);
    outgoing.end();
  };
  const pace = setInterval(sendPiece, PIECE_EVERY);
  sendPiece();
  try {
    return await replyTo(outgoing);
  } finally {
    clearInterval(pace);
    outgoing.destroy();
    agent.destroy();
  }
}

export function isSentAway({ status, headers, text }: Reply): boolean {
  return (
    status === 503 && /^([1-9]|[12]\d|30)$/.test(headers['retry-after'] ?? '') && text.includes('"HELD_BYTES_EXCEEDED"')
  );
}

function count(outcome: Outcome, { isAltered }: Sender, reply: Reply): void {
  const isAccepted = reply.status === 200 || reply.status === 201;
  if (isAccepted && isAltered) outcome.wronglyAccepted++;
  else if (isAccepted && reply.text === String(BODY_BYTES)) outcome.served++;
  else if (isAltered && reply.text.includes('"SIGNATURE_MISMATCH"')) outcome.alteredRefused++;
  else if (isSentAway(reply)) outcome.sentAway++;
  else outcome.unexpected.push(`${reply.status} ${reply.text}`);
}

/** Milliseconds until one that was sent away may come again. */
export function timeToStayAway({ headers }: Reply): number {
  return Number(headers['retry-after']) * 1000;
}

/** Sends once; or again after Retry-After, for as long as the server asks for it and patience lasts. */
async function tryToSend(port: number, sender: Sender, { piece, retries }: Load, outcome: Outcome): Promise<void> {
  const start = performance.now();
  for (;;) {
    const reply = await sendSlowly(port, sender, piece);
    count(outcome, sender, reply);
    if (!isSentAway(reply) || !retries) return;
    const stayAway = timeToStayAway(reply);
    if (performance.now() - start + stayAway >= PATIENCE) break;
    await setTimeout(stayAway);
  }
  outcome.gaveUp++;
}

/** All senders at one time. */
export async function sendAll(port: number, load: Load): Promise<Outcome> {
  const outcome: Outcome = {
    served: 0,
    sentAway: 0,
    alteredRefused: 0,
    wronglyAccepted: 0,
    gaveUp: 0,
    unexpected: [],
    seconds: 0,
  };
  const senders = sendersOf(load.senders, Buffer.alloc(BODY_BYTES, 'body '));
  const start = performance.now();
  await Promise.all(
    senders.map(async (sender, index) => {
      await setTimeout(index * STAGGER);
      await tryToSend(port, sender, load, outcome).catch((error: unknown) => outcome.unexpected.push(String(error)));
    }),
  );
  outcome.seconds = (performance.now() - start) / 1000;
  return outcome;
}
