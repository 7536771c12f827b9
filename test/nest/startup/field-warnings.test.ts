import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Module } from '@nestjs/common';
import { Field, GraphQLModule, ObjectType, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { describe, expect, it } from 'vitest';
import { ApigSignatureModule, RequireApigSignature } from '../../../src/index.js';
import { HOST, KEYS } from '../../support/gateway.js';
import { send } from '../../support/http-client.js';
import { platforms, startForTest } from '../../support/platforms.js';
import { RecordedLog } from '../../support/recorded-log.js';

const text = () => String;

@ObjectType()
class Pet {
  @Field(text)
  name = 'Rex';
}

@Resolver(() => Pet)
class PetResolver {
  @Query(() => Pet)
  pet() {
    return new Pet();
  }

  @RequireApigSignature()
  @ResolveField(text, { nullable: true })
  chip() {
    return 'number 7';
  }

  @ResolveField(text)
  colour() {
    return 'brown';
  }
}

const body = JSON.stringify({ query: '{ pet { chip colour } }' });
const headers = [
  ['Host', HOST],
  ['Content-Type', 'application/json'],
] as const;
const unsigned = { method: 'POST', target: '/graphql', headers, body: Buffer.from(body) };

const WARNING =
  'warn @RequireApigSignature() has no effect at PetResolver.chip: Nest calls guards for the fields of GraphQL only with ' +
  "fieldResolverEnhancers: ['guards'] in GraphQLModule.forRoot() ApigSignature";

describe.each(platforms)('a marked field of GraphQL on $name', (platform) => {
  it.each<[enhancers: ApolloDriverConfig['fieldResolverEnhancers'], chip: string | null, troubles: string[]]>([
    [undefined, 'number 7', [WARNING]],
    [['interceptors'], 'number 7', [WARNING]],
    [['guards'], null, []],
  ])('is guarded, or the start warns: fieldResolverEnhancers %j', async (fieldResolverEnhancers, chip, troubles) => {
    @Module({
      imports: [
        ApigSignatureModule.forRoot({ keys: KEYS }),
        GraphQLModule.forRoot<ApolloDriverConfig>({
          driver: ApolloDriver,
          autoSchemaFile: true,
          ...(fieldResolverEnhancers ? { fieldResolverEnhancers } : {}),
        }),
      ],
      providers: [PetResolver],
    })
    class AppModule {}
    const logger = new RecordedLog();
    const { port } = await startForTest(platform, AppModule, { logger });
    expect(logger.troubles).toEqual(troubles);
    const reply = await send(port, unsigned);
    expect(JSON.parse(reply.text)).toMatchObject({ data: { pet: { chip, colour: 'brown' } } });
  });
});
