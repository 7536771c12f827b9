const { PORT = '3000', ADAPTER = 'express', APIG_SIGNATURE_KEYS, NODE_ENV } = process.env;

if (!/^\d{1,5}$/.test(PORT) || Number(PORT) > 65535) stop(`PORT: expected a number from 0 to 65535, not "${PORT}"`);
if (ADAPTER !== 'express' && ADAPTER !== 'fastify') stop(`ADAPTER: expected express or fastify, not "${ADAPTER}"`);

/** What the environment says, read before ConfigModule adds the sample keys to it. */
export const settings = {
  port: Number(PORT),
  adapter: ADAPTER,
  usesSampleKeys: APIG_SIGNATURE_KEYS === undefined,
  isProduction: NODE_ENV === 'production',
} as const;

function stop(problem: string): never {
  console.error(problem);
  process.exit(1);
}
