import { Logger } from '@nestjs/common';
import { MemoryReplayStore } from '../core/memory-replay.store.js';
import type { PublicApigSignatureOptions } from './apig-signature.options.js';

/** Says, where the memory store stands behind the module's `replayProtection`, how far that reaches. */
export function noticeMemoryStore({ replayProtection, replayStore }: PublicApigSignatureOptions): void {
  if (!replayProtection || (replayStore && !(replayStore instanceof MemoryReplayStore))) return;
  new Logger('ApigSignature').log(
    'replayProtection: signatures are kept in the memory of this process, and protect it alone; ' +
      'for several processes, set replayStore to a RedisReplayStore',
  );
}
