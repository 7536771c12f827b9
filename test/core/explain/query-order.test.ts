import { expect, it } from 'vitest';
import { explainMismatch } from '../../../src/core/index.js';
import { KEY, SECRET, signed } from '../../support/signed-request.js';

it.each(['decoded', 'encoded', 'utf-16'] as const)(
  'explainMismatch finds a cause if the signer sorts the query: %s',
  (order) => {
    const query = 'x=%F0%9F%98%80&x=%EF%BF%BD&%3A=&0=';
    const request = signed({ target: `/api/a?${query}`, dialect: { order, plus: 'space' } });
    const stripped = explainMismatch({ ...request, target: `/a?${query}` }, { keys: { [KEY]: SECRET } });
    expect(stripped.cause?.code).toBe('PATH_PREFIX_STRIPPED');
    expect(explainMismatch(request, { keys: { [KEY]: SECRET } }).matches).toBe(true);
  },
);
