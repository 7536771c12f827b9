import type { IncomingMessage } from 'node:http';

/** The longest body, in bytes, that is read and signed. A longer body streams through unsigned. */
const LONGEST_SIGNED_BODY = 12 * 2 ** 20;

/** The beginning of a body, or the whole body if `isWhole`. Otherwise the request is paused. */
export interface BodyStart {
  readonly bytes: Buffer;
  readonly isWhole: boolean;
}

/** Reads a body as far as it may be signed. Gives nothing if the body breaks off. */
export function readStart(request: IncomingMessage): Promise<BodyStart | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > LONGEST_SIGNED_BODY) {
    return Promise.resolve({ bytes: Buffer.alloc(0), isWhole: false });
  }
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const finish = (start: BodyStart | undefined) => {
      request.off('data', take).off('end', end).off('close', cut);
      resolve(start);
    };
    const cut = () => finish(undefined);
    const end = () => finish({ bytes: Buffer.concat(chunks), isWhole: true });
    const take = (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length <= LONGEST_SIGNED_BODY) return;
      request.pause();
      finish({ bytes: Buffer.concat(chunks), isWhole: false });
    };
    request.on('data', take).on('end', end).on('close', cut);
  });
}
