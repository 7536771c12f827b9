import type { DeclaredHandler } from './declared-handlers.js';
import { hasMovableBorder, segmentsOf, textThatAnEscapeAvoids, type Router } from './route-paths.js';
import { haveCommonMethod, namesOf } from './startup.warnings.js';

/**
 * Warnings about handlers that one signature may lead to. An escape in the path has the same signature as its
 * character, but the router may treat the two differently.
 */
export function pathEscapeWarnings(handlers: readonly DeclaredHandler[], router: Router): string[] {
  const routes = handlers.flatMap((handler) =>
    handler.paths.map((path) => ({ handler, segments: segmentsOf(path, router) })),
  );
  const fragile = routes.filter(({ segments }) => segments.some(({ isFragile }) => isFragile));
  const pairs = fragile.flatMap((route) =>
    routes
      .filter((other) => other !== route && mayServeTheSame(route.handler, other.handler))
      .flatMap((other) => {
        const avoided = textThatAnEscapeAvoids(route.segments, other.segments, router);
        return avoided === undefined
          ? []
          : { name: `${route.handler.name} and ${other.handler.name} (${JSON.stringify(avoided)})` };
      }),
  );
  const movable = fragile.filter(
    ({ handler, segments }) => handler.protection === 'signed' && hasMovableBorder(segments, router),
  );
  return [
    pairs.length === 0
      ? []
      : 'An escape in the path, such as %40 for @, has the signature of the character, and leads from one handler to ' +
        `another: ${namesOf(pairs)}. Use letters and digits alone in this text of the path`,
    movable.length === 0
      ? []
      : 'An escape in the path, such as %2D for -, has the signature of the character, and moves the border between two ' +
        `parameters: ${namesOf(movable.map(({ handler }) => handler))}. Give each parameter a segment of its own`,
  ].flat();
}

function mayServeTheSame(one: DeclaredHandler, other: DeclaredHandler): boolean {
  return [one, other].some(({ protection }) => protection === 'signed') && haveCommonMethod(one, other);
}
