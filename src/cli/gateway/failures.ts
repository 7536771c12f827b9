/** Node's errors if the backend cannot be reached, or does not answer correctly. */
export type Failure = Error & { readonly code?: string | undefined };

const SENTENCES: readonly (readonly [codes: RegExp, sentence: string])[] = [
  [/^ECONNREFUSED$/, 'Nothing listens there: start the backend, or correct --to.'],
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'Its name is not known: correct --to.'],
  [/^(ECONNRESET|EPIPE)$/, 'It closed the connection without an answer.'],
  [/^(EPROTO|ERR_SSL_.*)$/, 'It does not speak TLS there: is it http:// instead?'],
  [/CERT|SELF_SIGNED|UNABLE_TO/, 'Its certificate is not trusted: name its authority with --ca FILE.'],
  [/^HPE_/, 'Its answer is not valid HTTP.'],
];

/** Says in one plain sentence, and the system's code, why the backend did not answer. */
export function describeFailure({ code = 'no code' }: Failure, origin: string): string {
  const [, sentence] = SENTENCES.find(([codes]) => codes.test(code)) ?? [];
  return `No answer from the backend ${origin} (${code}). ${sentence ?? 'See whether it runs, and whether --to is right.'}`;
}
