import type { IncomingMessage } from 'node:http';

/** The longest body that is read and signed; a longer one streams through, not signed. */
const LONGEST_SIGNED_BODY = 12 * 2 ** 20;

/** The beginning of a body; all of it if `isWhole`. Where it is not, the request is paused. */
export interface BodyStart {
  readonly bytes: Buffer;
  readonly isWhole: boolean;
}

/** Reads a body as far as it may be signed. Gives nothing if it is cut short. */
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
