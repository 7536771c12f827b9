import type { RequestToSend } from './http-client.js';

/** An event of a serverless platform, made of a request as the platform makes it. */
export type EventFormat = (request: RequestToSend) => object;

function lists(pairs: Iterable<readonly [name: string, value: string]>): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const [name, value] of pairs) (found[name] ??= []).push(value);
  return found;
}

function mapped<T>(values: Record<string, string[]>, change: (list: string[]) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(values).map(([name, list]) => [name, change(list)]));
}

function partsOf({ target, headers, body }: RequestToSend) {
  const [path, query = ''] = target.split('?') as [string, string?];
  const lowered = headers.map(([name, value]) => [name.toLowerCase(), value] as const);
  return {
    ...{ path, query, headers: lists(lowered), parameters: lists(new URLSearchParams(query)) },
    ...{ hasQuery: query !== '', base64: body && Buffer.from(body as Uint8Array).toString('base64') },
  };
}

/** AWS API Gateway's format 1.0. */
export const format1: EventFormat = (request) => {
  const { path, headers, parameters, hasQuery, base64 } = partsOf(request);
  return {
    ...{ resource: '/{proxy+}', path, httpMethod: request.method },
    ...{ headers: mapped(headers, (values) => values.at(-1)!), multiValueHeaders: headers },
    queryStringParameters: hasQuery ? mapped(parameters, (values) => values.at(-1)!) : null,
    multiValueQueryStringParameters: hasQuery ? parameters : null,
    requestContext: { requestId: 'id', stage: 'prod', identity: { sourceIp: '192.0.2.1' } },
    ...{ body: base64 ?? null, isBase64Encoded: base64 !== undefined },
  };
};

/** AWS API Gateway's format 2.0, which joins what is repeated. */
export const format2: EventFormat = (request) => {
  const { path, query, headers, parameters, hasQuery, base64 } = partsOf(request);
  const { method } = request;
  return {
    ...{ version: '2.0', rawPath: path, rawQueryString: query, headers: mapped(headers, (values) => values.join(',')) },
    ...(hasQuery && { queryStringParameters: mapped(parameters, (values) => values.join(',')) }),
    requestContext: { requestId: 'id', stage: '$default', http: { method, path, sourceIp: '192.0.2.1' } },
    ...(base64 !== undefined && { body: base64 }),
    isBase64Encoded: base64 !== undefined,
  };
};

/** The APIG trigger of FunctionGraph, as the public documentation shows it: always base64, no lists of headers. */
export const functionGraph: EventFormat = (request) => {
  const { path, headers, parameters, base64 } = partsOf(request);
  return {
    ...{ httpMethod: request.method, path, pathParameters: {} },
    headers: mapped(headers, (values) => values.at(-1)!),
    queryStringParameters: mapped(parameters, (values) => (values.length === 1 ? values[0]! : values)),
    requestContext: { apiId: 'api', requestId: 'id', stage: 'RELEASE' },
    ...{ body: base64 ?? '', isBase64Encoded: true },
  };
};
