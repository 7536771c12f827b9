import type { SeenRequest } from './guess.js';

/**
 * Headers that proxies, load balancers and caches write, change or remove. Host and Content-Type have causes of their
 * own.
 */
const HOP_HEADER = new RegExp(
  `^(?:${[
    'accept|accept-(?:charset|encoding|language)|cache-control|connection|content-encoding|content-length|cookie|expect|forwarded',
    'if-match|if-modified-since|if-none-match|if-range|if-unmodified-since|keep-alive|max-forwards|pragma',
    'priority|proxy-.+|range|te|trailer|transfer-encoding|true-client-ip|upgrade|user-agent|via',
    'x-client-ip|x-cluster-client-ip|x-forwarded(?:-.+)?|x-original-.+|x-real-ip|x-scheme',
    'b3|baggage|cdn-loop|cf-.+|traceparent|tracestate|x-amzn-trace-id|x-b3-.+|x-cloud-trace-context|x-correlation-id|x-envoy-.+|x-request-id|x-trace-id|x-varnish',
  ].join('|')})$`,
);

/** Whether a header is of the kind that proxies change, by its lower-case name. */
export function isHopHeader(name: string): boolean {
  return HOP_HEADER.test(name);
}

/** The names of signed headers that proxies usually change. */
export function suspectsAmong(signedHeaders: SeenRequest['parts']['signedHeaders']): readonly string[] {
  return signedHeaders.filter(isHopHeader);
}
