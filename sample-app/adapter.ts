import type { AbstractHttpAdapter } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';

/** Express or Fastify; the modules are the same on both. */
export function createAdapter(name: 'express' | 'fastify'): AbstractHttpAdapter {
  if (name === 'express') return new ExpressAdapter();
  const adapter = new FastifyAdapter();
  // Fastify answers 415 to types that it has no parser for. This one leaves uploads in the stream, for multer.
  adapter.getInstance().addContentTypeParser('multipart/form-data', (_request, _payload, done) => {
    done(null);
  });
  return adapter;
}
